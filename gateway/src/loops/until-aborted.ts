/** The answer, or null as soon as the signal aborts: nobody who stops waits for Steam. */
export async function untilAborted<Answer>(answer: Promise<Answer>, signal: AbortSignal): Promise<Answer | null> {
  if (signal.aborted) return null;
  const { promise: aborted, resolve } = Promise.withResolvers<null>();
  const onAbort = (): void => resolve(null);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([answer, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
