import type { Log } from "../log.ts";
import type { Call, Failure, Outcome } from "./fetch-call.ts";

/** What came back through the gate; a failure always says how long to leave Steam alone. */
export type Asked<Body> = { ok: true; body: Body } | { ok: false; retryAfterMs: number };

export type Gate<Body> = { ask(call: Call): Promise<Asked<Body>> };

type Options<Body> = {
  send: (call: Call) => Promise<Outcome<Body>>;
  now: () => number;
  /** In [0, 1). */
  random: () => number;
  log: Log;
};

/** Doubled with every failure in a row. Repeated throttles end in strict limits for the address, so they wait longer. */
const BACK_OFF = {
  broken: { firstMs: 1_000, maxMs: 15_000 },
  throttled: { firstMs: 10_000, maxMs: 300_000 },
} as const;
const WAIT_MIN_MS = 500;
const REFUSED_RETRY_MS = 60_000;

/** Keeps calls away from a server that asked for it or is broken; a refusal of one question does not shut the others out. */
export function createGate<Body>({ send, now, random, log }: Options<Body>): Gate<Body> {
  let failures = 0;
  let closedUntil = 0;

  function shut(outcome: Failure, why: keyof typeof BACK_OFF, startedAt: number): number {
    // Calls that were on their way together fail together: they count as one failure.
    if (startedAt >= closedUntil) failures += 1;
    const { firstMs, maxMs } = BACK_OFF[why];
    const backOff = Math.min(maxMs, firstMs * 2 ** Math.min(failures - 1, 10)) * (0.5 + 0.5 * random());
    const wait = Math.ceil(Math.max(outcome.retryAfterMs ?? backOff, WAIT_MIN_MS));
    closedUntil = Math.max(closedUntil, now() + wait);
    log.warn("Steam does not answer", { why, detail: outcome.detail, waitMs: wait });
    return closedUntil - now();
  }

  return {
    async ask(call) {
      const startedAt = now();
      if (startedAt < closedUntil) return { ok: false, retryAfterMs: closedUntil - startedAt };
      const outcome = await send(call);
      if (outcome.ok) {
        failures = 0;
        return outcome;
      }
      const { why, retryAfterMs } = outcome;
      if (why === "refused") return { ok: false, retryAfterMs: retryAfterMs ?? REFUSED_RETRY_MS };
      return { ok: false, retryAfterMs: shut(outcome, why, startedAt) };
    },
  };
}
