import { setTimeout as delay } from "node:timers/promises";
import type { Bell } from "../deps.ts";
import type { Log } from "../log.ts";

export type LoopOptions = {
  name: string;
  /** A ring wakes the loop at once; without one it runs every `everyMs`. */
  bell?: Pick<Bell<void>, "listen">;
  everyMs: number;
  log: Log;
  signal: AbortSignal;
};

/**
 * Runs `turn` whenever the bell rings or the time is up, never twice at once, until the signal. A turn that throws is
 * logged and the loop goes on: rows are the truth, so the next turn sees what this one left.
 */
export async function runLoop(turn: (signal: AbortSignal) => Promise<void>, options: LoopOptions): Promise<void> {
  const { name, bell, everyMs, log, signal } = options;
  const waker = createWaker();
  const stopListening = bell?.listen(waker.wake) ?? (() => {});
  signal.addEventListener("abort", waker.wake, { once: true });
  try {
    while (!signal.aborted) {
      await turn(signal).catch((cause: unknown) => log.error("A loop's turn failed", { loop: name, cause }));
      if (!signal.aborted) await waker.rest(everyMs);
    }
  } finally {
    stopListening();
    signal.removeEventListener("abort", waker.wake);
  }
}

/** A ring during a turn is kept, so that no work waits for the clock. */
function createWaker(): { wake: () => void; rest: (ms: number) => Promise<void> } {
  let isRung = false;
  let ring = (): void => {};
  return {
    wake() {
      isRung = true;
      ring();
    },
    async rest(ms) {
      const timer = new AbortController();
      const rung = new Promise<void>((resolve) => {
        ring = resolve;
        if (isRung) resolve();
      });
      await Promise.race([rung, delay(ms, undefined, { signal: timer.signal }).catch(() => {})]);
      timer.abort();
      isRung = false;
    },
  };
}
