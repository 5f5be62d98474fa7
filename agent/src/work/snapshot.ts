import type { Progress, SourceKind } from "@modfleet/protocol";
import { freePlaces, roomIn } from "./draft.ts";
import { type Held, progressOf } from "./held.ts";
import { isLeaseSure } from "./lease-keeper.ts";
import { closedBecause, type DeclineReason } from "./limits.ts";
import type { Moment, WorkState } from "./state.ts";

/** What `hello` says about work. */
export type Introduction = { slots: number; engines: SourceKind[]; freeBytes: number; held: Progress[] };

/** Bytes, and why nothing is taken where that is so. */
export type WorkSnapshot = {
  slots: number;
  free: number;
  draining: boolean;
  closed: DeclineReason | null;
  freeBytes: number;
  monthBytes: number;
  jobs: (Progress & { phase: string; source: Held["source"]; leaseSure: boolean })[];
};

/** As many as a hello may hold; slots end far below. */
const HELD_MAX = 64;

/** What a new session is told. Jobs that nobody wants any more are left out: their epochs are over for us. */
export function introductionOf(state: WorkState, at: Moment): Introduction {
  const held = state.runs
    .filter(({ phase }) => phase.kind !== "stopping" || phase.report !== null)
    .map((run) => progressOf(run.held, run));
  const freeBytes = roomIn({ state, at, effects: [] });
  return { slots: state.slots, engines: [...state.engines], freeBytes, held: held.slice(0, HELD_MAX) };
}

/** What the volunteer sees of the work. */
export function snapshotOf(state: WorkState, at: Moment): WorkSnapshot {
  return {
    slots: state.slots,
    free: freePlaces(state),
    draining: state.drainUntil !== null,
    closed: closedBecause(state.limits, at),
    freeBytes: at.freeBytes,
    monthBytes: at.monthBytes,
    jobs: state.runs.map((run) => ({
      ...progressOf(run.held, run),
      phase: run.phase.kind,
      source: run.held.source,
      leaseSure: isLeaseSure(run, at.now, state.leaseMs),
    })),
  };
}
