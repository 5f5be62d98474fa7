import { setImmediate } from "node:timers/promises";

/** A clock that never makes anybody wait: `sleep` lets what is ready run and then leaps to the moment it should end. */
export function leapingClock(startAt = 1_000_000) {
  let time = startAt;
  const sleeps: number[] = [];
  return {
    now: () => time,
    tick(ms: number): void {
      time += ms;
    },
    /** Every sleep asked for, in milliseconds. */
    sleeps,
    async sleep(ms: number, signal: AbortSignal): Promise<void> {
      signal.throwIfAborted();
      sleeps.push(ms);
      const until = time + ms;
      await setImmediate();
      signal.throwIfAborted();
      time = Math.max(time, until);
    },
  };
}
