import { LIMITS, type Limits } from "@modfleet/protocol";
import type { Ended } from "./end-reason.ts";

export type KeepConnectedOptions = {
  /** One whole session. Never throws for what a network or a gateway may do. */
  runSession: (signal: AbortSignal) => Promise<Ended>;
  /** Resolves after `ms`, or at once when the signal fires. */
  sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** In [0, 1). */
  random: () => number;
  onEnd: (ended: Ended, waitMs: number | null) => void;
  signal: AbortSignal;
  limits?: Pick<Limits, "reconnectBaseMs" | "reconnectDoublingsMax" | "healthyAfterMs">;
};

/** One loop owns reconnecting. It returns only when told to stop, or with the end that means never to come back. */
export async function keepConnected(options: KeepConnectedOptions): Promise<Ended> {
  const { runSession, sleep, random, onEnd, signal, limits = LIMITS } = options;
  let schedule = FRESH;
  while (!signal.aborted) {
    const ended = await runSession(signal);
    if (signal.aborted) break;
    const next = nextTry(schedule, { ended, random: random(), limits });
    onEnd(ended, next?.waitMs ?? null);
    if (next === null) return ended;
    schedule = next.schedule;
    await sleep(next.waitMs, signal);
  }
  return { reason: "stopped", detail: "Told to stop", comeBackMs: null, healthyMs: 0 };
}

/** Failures in a row, and what is left of the window in which the last try was made. */
export type Schedule = { failures: number; restMs: number };
export const FRESH: Schedule = { failures: 0, restMs: 0 };

type End = {
  ended: Pick<Ended, "comeBackMs" | "healthyMs">;
  random: number;
  limits: NonNullable<KeepConnectedOptions["limits"]>;
};

/**
 * When to try again: at a random moment of a window that doubles with every failure; the rest of a window is slept out before
 * the next one begins, so a fleet that lost its gateway stays spread. Null: never.
 */
export function nextTry(
  before: Schedule,
  { ended, random, limits }: End,
): { waitMs: number; schedule: Schedule } | null {
  if (ended.comeBackMs === null) return null;
  const { failures, restMs } = ended.healthyMs >= limits.healthyAfterMs ? FRESH : before;
  const windowMs = limits.reconnectBaseMs * 2 ** Math.min(failures, limits.reconnectDoublingsMax);
  const atMs = random * windowMs;
  return {
    waitMs: Math.max(ended.comeBackMs, restMs + atMs),
    schedule: { failures: failures + 1, restMs: windowMs - atMs },
  };
}
