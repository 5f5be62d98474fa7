/** Makes whoever takes bytes wait until they may be taken. */
export type Throttle = { take(bytes: number, signal: AbortSignal): Promise<void> };

export type ThrottleOptions = {
  bytesPerSecond: number;
  /** Milliseconds that never go back. */
  now: () => number;
  sleep: (ms: number, signal: AbortSignal) => Promise<void>;
};

/** A tenth of a second's worth may come at once: finer waits than a timer can keep would cost speed. */
const BURST_SECONDS = 0.1;

/** Lets `bytesPerSecond` through on average, to all who share it together. */
export function createThrottle({ bytesPerSecond, now, sleep }: ThrottleOptions): Throttle {
  const burstMs = BURST_SECONDS * 1_000;
  /** When everything that was taken so far has been paid for. */
  let paidAt = now();
  return {
    async take(bytes, signal) {
      paidAt = Math.max(paidAt, now() - burstMs) + (bytes / bytesPerSecond) * 1_000;
      const wait = paidAt - now();
      if (wait > 0) await sleep(wait, signal);
    },
  };
}
