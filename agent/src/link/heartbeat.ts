import { LIMITS } from "@modfleet/protocol";

export type HeartbeatOptions = {
  everyMs: number;
  beat: () => void;
  /** Resolves after `ms`, or at once when the signal fires. */
  sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** In [0, 1). */
  random: () => number;
  signal: AbortSignal;
};

/** Beats until the signal fires: first at a random moment of the interval, then every interval ± 10 %. */
export async function keepBeating({ everyMs, beat, sleep, random, signal }: HeartbeatOptions): Promise<void> {
  await sleep(random() * everyMs, signal);
  while (!signal.aborted) {
    beat();
    await sleep(everyMs * (1 + LIMITS.heartbeatJitter * (2 * random() - 1)), signal);
  }
}
