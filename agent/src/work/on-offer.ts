import type { Offer } from "@modfleet/protocol";
import { type Draft, forget, freePlaces, putRun, remember, removeRun, say, setCredit, startRun } from "./draft.ts";
import { type Held, refOf } from "./held.ts";
import { type DeclineReason, refusal } from "./limits.ts";
import type { Run } from "./state.ts";

/**
 * Takes or declines an offer. One at or below the highest epoch seen of its job is an echo: nothing happens, also after a
 * crash. A newer one ends whatever this agent still does for the older.
 */
export function onOffer(draft: Draft, offer: Offer): void {
  if (offer.epoch <= (draft.state.seen.get(offer.job) ?? 0)) return;
  dropOlder(draft, offer);
  remember(draft, offer);
  const reason = whyNot(draft, offer);
  if (reason === null) accept(draft, offer);
  else decline(draft, offer, reason);
}

/** The gateway may count a declined offer either way, so the free slots are said afresh with the next beat, not at once. */
function decline(draft: Draft, offer: Offer, reason: DeclineReason): void {
  setCredit(draft, () => null);
  say(draft, { type: "decline", ...refOf(offer), reason });
}

function whyNot({ state, at }: Draft, offer: Offer): DeclineReason | null {
  if (state.drainUntil !== null) return "draining";
  if (!state.engines.includes(offer.source.kind)) return "unsupported_source";
  const reason = refusal(state.limits, at, offer);
  return reason ?? (freePlaces(state) === 0 ? "busy" : null);
}

function accept(draft: Draft, offer: Offer): void {
  const { source, maxBytes, expectedBytes = null, deadlineMs, uploadToken } = offer;
  const { now } = draft.at;
  const held: Held = {
    ...refOf(offer),
    stage: "downloading",
    source,
    maxBytes,
    expectedBytes,
    deadlineAt: now + deadlineMs,
    token: uploadToken,
  };
  const run: Run = { held, slot: null, phase: { kind: "waiting" }, bytes: 0, total: expectedBytes, confirmedAt: now };
  putRun(draft, run);
  draft.effects.push({ do: "record", held, isNew: true });
  setCredit(draft, (credit) => Math.max(0, credit - 1));
  say(draft, { type: "accept", ...refOf(offer) });
  startRun(draft, run);
}

function dropOlder(draft: Draft, { job }: Offer): void {
  for (const run of draft.state.runs.filter(({ held }) => held.job === job)) dropRun(draft, run);
}

/** Nobody wants this run any more: its runner is stopped, or it is gone at once where there is none. */
export function dropRun(draft: Draft, run: Run): void {
  const { phase } = run;
  const isOver = phase.kind === "stopping" && phase.report === null;
  if (!isOver) forget(draft, run);
  if (phase.kind === "waiting" || phase.kind === "reporting") {
    removeRun(draft, run);
    return;
  }
  putRun(draft, { ...run, phase: { kind: "stopping", report: null } });
  if (phase.kind === "running") draft.effects.push({ do: "stop", ref: refOf(run.held) });
}
