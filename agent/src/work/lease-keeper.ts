import type { JobRef } from "@modfleet/protocol";
import { type Draft, findRun, handBack, roomIn, say, sayReport, syncReady } from "./draft.ts";
import { isReported, progressOf } from "./held.ts";
import { dropRun } from "./on-offer.ts";
import type { Run } from "./state.ts";

/** A report without an answer for so long is said again. */
const RESEND_AFTER_MS = 10_000;
const BEATS_WAITING_MAX = 8;
const DISK_FULL = { code: "disk_full", detail: "The disk space that the volunteer keeps free is reached" } as const;

/** Renews all leases, says reports again and the free slots, and gives up what nobody can want any more. */
export function onBeat(draft: Draft): void {
  if (draft.state.link === null) return;
  for (const run of draft.state.runs) if (isOverdue(draft, run)) dropRun(draft, run);
  for (const run of draft.state.runs) if (fillsTheDisk(draft, run)) handBack(draft, run, DISK_FULL);
  for (const run of draft.state.runs) if (isUnanswered(draft, run)) sayReport(draft, run.held);
  syncReady(draft);
  const leases = draft.state.runs.filter(isAlive).map((run) => progressOf(run.held, run));
  say(draft, { type: "beat", leases, freeBytes: roomIn(draft) });
  const { link } = draft.state;
  const beats = [...link.beats, draft.at.now].slice(-BEATS_WAITING_MAX);
  draft.state = { ...draft.state, link: { ...link, beats } };
}

/** The gateway answered the oldest open beat: what was in it is sure from the moment it was said. */
export function onBeaten(draft: Draft, revoked: readonly JobRef[]): void {
  confirm(draft);
  for (const ref of revoked) onRevoked(draft, ref);
}

function confirm(draft: Draft): void {
  const { link, runs } = draft.state;
  const [saidAt, ...beats] = link?.beats ?? [];
  if (link === null || saidAt === undefined) return;
  const confirmed = runs.map((run) => ({ ...run, confirmedAt: Math.max(run.confirmedAt, saidAt) }));
  draft.state = { ...draft.state, link: { ...link, beats }, runs: confirmed };
}

/** A result that is uploaded completely asks for its own answer; everything else stops. */
function onRevoked(draft: Draft, ref: JobRef): void {
  const run = findRun(draft.state, ref);
  if (run === undefined) return;
  if (run.held.stage === "finished") sayReport(draft, ref);
  else dropRun(draft, run);
}

/** Final or no longer ours: either way nothing of it is left. */
export function onAnswered(draft: Draft, ref: JobRef): void {
  const run = findRun(draft.state, ref);
  if (run !== undefined) dropRun(draft, run);
}

/** Whether the gateway must still count the job as this agent's. Work goes on either way: only the gateway decides. */
export function isLeaseSure(run: Pick<Run, "confirmedAt">, now: number, leaseMs: number): boolean {
  return now < run.confirmedAt + leaseMs;
}

/** Past its deadline the gateway has taken the job away; a lease later the word should have come. */
function isOverdue({ state, at }: Draft, run: Run): boolean {
  return run.phase.kind === "running" && at.now > run.held.deadlineAt + state.leaseMs;
}

/** An item of unknown size may eat into what the volunteer keeps free. Uploads go on: they end by freeing their space. */
function fillsTheDisk({ state, at }: Draft, { held, phase }: Run): boolean {
  const isGrowing = held.stage === "downloading" || held.stage === "packing";
  return phase.kind === "running" && isGrowing && at.freeBytes < state.limits.freeBytesMin;
}

function isUnanswered({ at }: Draft, { phase }: Run): boolean {
  return phase.kind === "reporting" && (phase.saidAt === null || at.now - phase.saidAt >= RESEND_AFTER_MS);
}

/** A reported failure needs its lease no longer, and nobody works on what is dropped. */
function isAlive({ held, phase }: Run): boolean {
  if (phase.kind === "stopping") return phase.report !== null;
  return !isReported(held) || held.stage === "finished";
}
