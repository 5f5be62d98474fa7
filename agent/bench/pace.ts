import { setTimeout as delay } from "node:timers/promises";

/**
 * A download from its order to its end. `seconds` and `bytesPerSecond` begin with the first bytes that are seen: until then it is
 * peers that are waited for. `wholeSeconds` is all of it.
 */
export type Pace = { seconds: number; wholeSeconds: number; bytesPerSecond: number };

const LOOK_MS = 20;
const LATE_MS = 180_000;

/** Begins a download and asks for its bytes until they are all there; throws after three minutes. */
export async function paceOf(
  begin: () => Promise<unknown>,
  bytes: () => Promise<number>,
  total: number,
): Promise<Pace> {
  const startedAt = performance.now();
  await begin();
  let first: { at: number; bytes: number } | null = null;
  for (;;) {
    const [done, at] = [await bytes(), performance.now()];
    if (first === null && done > 0) first = { at, bytes: done };
    if (first !== null && done >= total) {
      const seconds = (at - first.at) / 1_000;
      return { seconds, wholeSeconds: (at - startedAt) / 1_000, bytesPerSecond: (total - first.bytes) / seconds };
    }
    if (at - startedAt > LATE_MS) throw new Error(`Only ${done} of ${total} bytes came within ${LATE_MS / 1_000} s`);
    await delay(LOOK_MS);
  }
}
