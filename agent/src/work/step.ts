import type { GatewayMessage, JobRef, Welcome } from "@modfleet/protocol";
import {
  type Draft,
  findRun,
  forget,
  handBack,
  putRun,
  removeRun,
  report,
  reportFailure,
  say,
  sayReport,
  startWaiting,
  syncReady,
} from "./draft.ts";
import { isReported, isSame, type Reported, refOf, type Unreported } from "./held.ts";
import { onAnswered, onBeat, onBeaten } from "./lease-keeper.ts";
import { onOffer } from "./on-offer.ts";
import type { Moment, Stepped, WorkEvent, WorkState } from "./state.ts";

/** The agent's whole work as a pure function: what is true after `event`, and what has to be done, in this order. */
export function step(state: WorkState, event: WorkEvent, at: Moment): Stepped {
  const draft: Draft = { state, effects: [], at };
  apply(draft, event);
  return { state: draft.state, effects: draft.effects };
}

function apply(draft: Draft, event: WorkEvent): void {
  switch (event.type) {
    case "welcomed":
      onWelcome(draft, event.welcome);
      break;
    case "gone":
      draft.state = { ...draft.state, link: null };
      break;
    case "heard":
      onMessage(draft, event.message);
      break;
    case "beat":
      onBeat(draft);
      break;
    case "progressed":
      onProgress(draft, event);
      break;
    case "advanced":
      onAdvanced(draft, event.held);
      break;
    case "reported":
      onReported(draft, event.held);
      break;
    case "ended":
      onEnded(draft, event.ref);
      break;
    case "unrecorded":
      onUnrecorded(draft, event.ref);
      break;
    case "drain":
      onDrain(draft, event.withinMs);
      break;
    case "drain_over":
      onDrainOver(draft);
      break;
  }
}

function onMessage(draft: Draft, message: GatewayMessage): void {
  // Words of a session that is over would be answered into the next one.
  if (draft.state.link === null) return;
  switch (message.type) {
    case "offer":
      onOffer(draft, message);
      break;
    case "beaten":
      onBeaten(draft, message.revoked);
      break;
    case "settled":
    case "lost":
    case "cancel":
      onAnswered(draft, message);
      break;
    case "drain":
      onDrain(draft, message.deadlineMs);
      break;
    case "policy":
      draft.state = { ...draft.state, policy: message.policy };
      syncReady(draft);
      break;
    case "challenge":
    case "welcome":
    case "unsupported":
      break;
  }
}

/** A held job that the gateway does not mention goes on: an epoch that is over fails at the next beat or part anyway. */
function onWelcome(draft: Draft, { keep, lost, policy, leaseMs }: Welcome): void {
  const { now } = draft.at;
  const runs = draft.state.runs.map((run) =>
    keep.some((ref) => isSame(ref, run.held)) ? { ...run, confirmedAt: now } : run,
  );
  draft.state = { ...draft.state, runs, policy, leaseMs, link: { credit: null, readyAt: now, beats: [] } };
  for (const ref of lost) onAnswered(draft, ref);
  for (const { held } of draft.state.runs) if (isReported(held)) sayReport(draft, held);
  startWaiting(draft);
  if (draft.state.drainUntil !== null) say(draft, { type: "draining" });
  else syncReady(draft);
}

/** The wire takes whole numbers only; engines measure with whatever their tools give them. */
const whole = (bytes: number): number => (Number.isFinite(bytes) ? Math.max(0, Math.floor(bytes)) : 0);

function onProgress(draft: Draft, { ref, bytes, total }: { ref: JobRef; bytes: number; total: number | null }): void {
  const run = findRun(draft.state, ref);
  if (run?.phase.kind !== "running") return;
  putRun(draft, { ...run, bytes: whole(bytes), total: total === null ? null : whole(total) });
}

/** A stage of a run that is being stopped is nobody's any more, so nothing of it is recorded. */
function onAdvanced(draft: Draft, held: Unreported): void {
  const run = findRun(draft.state, held);
  if (run?.phase.kind !== "running") return;
  putRun(draft, { ...run, held, bytes: 0, total: null });
  draft.effects.push({ do: "record", held, isNew: false });
}

/** What was finished although it was being handed back counts; what nobody wants does not. */
function onReported(draft: Draft, held: Reported): void {
  const run = findRun(draft.state, held);
  if (run === undefined) return;
  const { phase } = run;
  if (phase.kind === "stopping" && (phase.report === null || held.stage === "failed")) onEnded(draft, held);
  else report(draft, run, held);
}

/** Nothing of the run is left on this machine but its folder. */
function onEnded(draft: Draft, ref: JobRef): void {
  const run = findRun(draft.state, ref);
  if (run === undefined) return;
  if (run.phase.kind === "running") forget(draft, run);
  if (run.phase.kind === "stopping" && run.phase.report !== null) reportFailure(draft, run, run.phase.report);
  else removeRun(draft, run);
}

/** The accept was not said yet, so a decline is the first word about this offer. */
function onUnrecorded(draft: Draft, ref: JobRef): void {
  const run = findRun(draft.state, ref);
  if (run === undefined) return;
  say(draft, { type: "decline", ...refOf(ref), reason: "disk" });
  removeRun(draft, run);
}

/** Signals, the local port and the gateway may all ask for it; the shortest time wins. */
function onDrain(draft: Draft, withinMs: number): void {
  const until = draft.at.now + withinMs;
  const isFirst = draft.state.drainUntil === null;
  draft.state = { ...draft.state, drainUntil: Math.min(until, draft.state.drainUntil ?? until) };
  if (isFirst) say(draft, { type: "draining" });
}

/** What no runner has taken up since the restart is handed back at once, or at the next start where there is no link. */
function onDrainOver(draft: Draft): void {
  const failure = { code: "draining", detail: "The agent stops" } as const;
  // The timer and the clock may differ by a moment, and nothing may begin any more.
  draft.state = { ...draft.state, drainUntil: Math.min(draft.at.now, draft.state.drainUntil ?? Infinity) };
  for (const run of draft.state.runs) {
    if (run.phase.kind === "waiting" && !isReported(run.held) && draft.state.link !== null) {
      reportFailure(draft, run, failure);
    }
    if (run.phase.kind === "running") handBack(draft, run, failure);
  }
}

/** Nothing runs any more, and nothing waits for an answer that could still come. */
export function isDrained({ runs, link }: WorkState): boolean {
  return runs.every(({ phase }) => phase.kind !== "running" && phase.kind !== "stopping" && link === null);
}
