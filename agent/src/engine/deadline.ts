export type Deadline = Disposable & { readonly signal: AbortSignal };

/**
 * Fires with `signal`, or with a `TimeoutError` after `ms`. Disposing of it frees the timer: `AbortSignal.timeout` would hold all that
 * listens to it until its time has come, however long the work is done.
 */
export function deadline(signal: AbortSignal, ms: number): Deadline {
  const controller = new AbortController();
  const follow = (): void => controller.abort(signal.reason);
  const timer = setTimeout(() => controller.abort(new DOMException(`No end within ${ms} ms`, "TimeoutError")), ms);
  // Who waits with it keeps the process alive by other means, or not at all.
  timer.unref();
  if (signal.aborted) follow();
  else signal.addEventListener("abort", follow, { once: true });
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", follow);
    },
  };
}
