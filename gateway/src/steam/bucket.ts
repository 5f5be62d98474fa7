import type { BucketSize } from "../config.ts";
import type { Sleep } from "./sleep.ts";

export type Bucket = {
  /** Resolves when the next call may go out, in order of asking; rejects when `signal` aborts. */
  take(signal: AbortSignal): Promise<void>;
  /** How long the call would wait that comes after `further` others, in milliseconds. */
  waitMs(further: number): number;
};

/** A token bucket: `burst` calls at once, then one more every `everyMs`. */
export function createBucket({ burst, everyMs }: BucketSize, clock: { now: () => number; sleep: Sleep }): Bucket {
  let fullAt = 0;
  let lastNow = 0;

  const now = (): number => {
    const time = clock.now();
    // A clock that was set back would otherwise hold every call until the old time comes round again.
    if (time < lastNow) fullAt -= lastNow - time;
    lastNow = time;
    return time;
  };

  const waitMs = (further: number): number => {
    const time = now();
    return Math.max(0, Math.max(fullAt, time) - time + (further - burst + 1) * everyMs);
  };

  return {
    waitMs,
    async take(signal) {
      signal.throwIfAborted();
      const wait = waitMs(0);
      fullAt = Math.max(fullAt, lastNow) + everyMs;
      if (wait > 0) await clock.sleep(wait, signal);
    },
  };
}
