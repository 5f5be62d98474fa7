import type { AgentMessage, FailureReport, JobRef } from "@modfleet/protocol";
import { failureRule } from "@modfleet/protocol";
import { type Held, isReported, isSame, orderOf, refOf } from "./held.ts";
import { closedBecause } from "./limits.ts";
import type { Effect, Moment, Run, WorkState } from "./state.ts";

/** One step in the making: functions of the core replace `state` and append to `effects`. */
export type Draft = { state: WorkState; readonly effects: Effect[]; readonly at: Moment };

/** Jobs remembered by their highest epoch only; an echo of an older one than these can no longer be on its way. */
export const SEEN_MAX = 1_000;

/** The run of this very epoch, if this agent holds it. */
export function findRun({ runs }: WorkState, ref: JobRef): Run | undefined {
  return runs.find((run) => isSame(run.held, ref));
}

/** Words without a link are not kept: `hello` and the reports say everything again. */
export function say(draft: Draft, message: AgentMessage): void {
  if (draft.state.link !== null) draft.effects.push({ do: "say", message });
}

/** Puts `run` in the place of the run with its job and epoch, or behind the others. */
export function putRun(draft: Draft, run: Run): void {
  const { runs } = draft.state;
  const others = runs.filter((other) => !isSame(other.held, run.held));
  draft.state = { ...draft.state, runs: others.length === runs.length ? [...runs, run] : runs.map(swap(run)) };
}

const swap = (run: Run) => (other: Run) => (isSame(other.held, run.held) ? run : other);

/** Ends a run for good: its folder goes, its place is free. */
export function removeRun(draft: Draft, run: Run): void {
  draft.state = { ...draft.state, runs: draft.state.runs.filter((other) => !isSame(other.held, run.held)) };
  draft.effects.push({ do: "clean", ref: refOf(run.held), keep: isWorthKeeping(run.held) });
  startWaiting(draft);
  syncReady(draft);
}

/** What Steam has loaded already helps this agent's next try of the same item. */
function isWorthKeeping(held: Held): boolean {
  if (held.stage !== "failed") return false;
  return held.failure.code === "draining" || failureRule(held.failure.code).retry === "same_agent";
}

/** From here on no restart brings the run back. */
export function forget(draft: Draft, run: Run): void {
  draft.effects.push({ do: "forget", ref: refOf(run.held) });
}

/** Notes the epoch as seen, and lets go of the oldest notes that nothing needs. */
export function remember(draft: Draft, { job, epoch }: JobRef): void {
  const seen = new Map(draft.state.seen);
  seen.delete(job);
  seen.set(job, epoch);
  for (const old of seen.keys()) {
    if (seen.size <= SEEN_MAX) break;
    if (!draft.state.runs.some(({ held }) => held.job === old)) seen.delete(old);
  }
  draft.state = { ...draft.state, seen };
}

/** A runner takes over `run`, in a slot that nobody has. */
export function startRun(draft: Draft, run: Run): void {
  if (isReported(run.held)) return;
  const slot = freeSlot(draft.state);
  if (slot === null) return;
  putRun(draft, { ...run, slot, phase: { kind: "running" } });
  draft.effects.push({ do: "start", held: run.held, slot });
}

/** Goes on with what the journal held, as far as there are slots. */
export function startWaiting(draft: Draft): void {
  const { link, drainUntil } = draft.state;
  if (link === null || (drainUntil !== null && draft.at.now >= drainUntil)) return;
  for (const run of draft.state.runs) if (run.phase.kind === "waiting") startRun(draft, run);
}

function freeSlot({ runs, slots }: WorkState): number | null {
  const taken = new Set(runs.map((run) => run.slot));
  for (let slot = 0; slot < slots; slot += 1) if (!taken.has(slot)) return slot;
  return null;
}

/** Places that no held job takes; a job that waits for its answer still takes one. */
export function freePlaces({ runs, slots, policy }: WorkState): number {
  return Math.max(0, Math.min(slots, policy?.slots ?? slots) - runs.length);
}

/** A gateway whose offers got lost counts them as fruitless and offers no more until it hears the free slots again. */
const READY_AGAIN_MS = 60_000;

/** Tells the gateway the free slots where it believes otherwise, and once a minute in any case. */
export function syncReady(draft: Draft): void {
  const { link, drainUntil, limits } = draft.state;
  if (link === null || drainUntil !== null) return;
  const slots = closedBecause(limits, draft.at) === null ? freePlaces(draft.state) : 0;
  const { now } = draft.at;
  if (link.credit === slots && now - link.readyAt < READY_AGAIN_MS) return;
  draft.state = { ...draft.state, link: { ...link, credit: slots, readyAt: now } };
  say(draft, { type: "ready", slots, freeBytes: roomIn(draft) });
}

/** Follows what the gateway believes of our free slots. */
export function setCredit(draft: Draft, change: (credit: number) => number | null): void {
  const { link } = draft.state;
  if (link === null || link.credit === null) return;
  draft.state = { ...draft.state, link: { ...link, credit: change(link.credit) } };
}

/** Bytes of the disk that work may still take. */
export function roomIn({ state, at }: Draft): number {
  return Math.max(0, Math.floor(at.freeBytes - state.limits.freeBytesMin));
}

/** Makes `held` the outcome of its run: durable first, then said, and said again until it is answered. */
export function report(draft: Draft, run: Run, held: Held): void {
  putRun(draft, { ...run, held, slot: null, phase: { kind: "reporting", saidAt: null } });
  draft.effects.push({ do: "record", held, isNew: false });
  sayReport(draft, held);
  startWaiting(draft);
}

/** The run ends with a failure to report. Its runner must have ended before. */
export function reportFailure(draft: Draft, run: Run, failure: FailureReport): void {
  report(draft, run, { ...orderOf(run.held), stage: "failed", failure });
}

/** Ends the run's runner; once everything of it has ended, `failure` is reported. */
export function handBack(draft: Draft, run: Run, failure: FailureReport): void {
  putRun(draft, { ...run, phase: { kind: "stopping", report: failure } });
  draft.effects.push({ do: "stop", ref: refOf(run.held) });
}

/** Says a run's outcome, for the first time or again; nothing while there is no link. */
export function sayReport(draft: Draft, ref: JobRef): void {
  const run = findRun(draft.state, ref);
  if (run === undefined || draft.state.link === null || !isReported(run.held)) return;
  putRun(draft, { ...run, phase: { kind: "reporting", saidAt: draft.at.now } });
  say(draft, reportOf(run.held));
}

function reportOf(held: Extract<Held, { stage: "finished" | "failed" }>): AgentMessage {
  if (held.stage === "failed") return { type: "failed", ...refOf(held), failure: held.failure };
  const { upload, packed, fetched } = held;
  return { type: "finished", ...refOf(held), upload, ...packed, fetched };
}
