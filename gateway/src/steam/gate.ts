import type { Log } from "../log.ts";
import type { Call, Outcome } from "./fetch-json.ts";

/** What came back through the gate; a failure always says how long to leave Steam alone. */
export type Asked = { ok: true; json: unknown } | { ok: false; retryAfterMs: number };

export type Gate = { ask(call: Call): Promise<Asked> };

type Options = {
  send: (call: Call) => Promise<Outcome>;
  now: () => number;
  /** In [0, 1). */
  random: () => number;
  log: Log;
};

const FIRST_BACK_OFF_MS = 500;
const BACK_OFF_MAX_MS = 15_000;
const THROTTLED_BACK_OFF_MS = 10_000;
const REFUSED_RETRY_MS = 60_000;

/** Keeps calls away from a server that asked for it or is broken; a refusal of one question does not shut the others out. */
export function createGate({ send, now, random, log }: Options): Gate {
  let failures = 0;
  let closedUntil = 0;

  function shut(outcome: Outcome & { ok: false }, startedAt: number): number {
    // Calls that were on their way together fail together: they count as one failure.
    if (startedAt >= closedUntil) failures += 1;
    const usual = outcome.why === "throttled" ? THROTTLED_BACK_OFF_MS : FIRST_BACK_OFF_MS * 2 ** Math.min(failures, 10);
    const backOff = Math.min(usual, BACK_OFF_MAX_MS) * (0.5 + 0.5 * random());
    const wait = Math.ceil(Math.max(outcome.retryAfterMs ?? backOff, FIRST_BACK_OFF_MS));
    closedUntil = Math.max(closedUntil, now() + wait);
    log.warn("Steam does not answer", { why: outcome.why, detail: outcome.detail, waitMs: wait });
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
      if (outcome.why === "refused") return { ok: false, retryAfterMs: outcome.retryAfterMs ?? REFUSED_RETRY_MS };
      return { ok: false, retryAfterMs: shut(outcome, startedAt) };
    },
  };
}
