import type { JobId } from "@modfleet/protocol";
import type { Deps } from "../deps.ts";
import { advance, type JobEvent, type Refusal } from "../domain/advance.ts";
import type { Job } from "../domain/job.ts";
import { hourOf } from "../domain/statistics.ts";
import { countStatements } from "../store/count-statements.ts";
import type { Statement } from "../store/database.ts";

export type Changed =
  | { ok: true; before: Job; after: Job }
  | { ok: false; why: Refusal | "unknown_job"; job: Job | null };

/** Sooner or later somebody wins a race; this many lost ones in a row mean that our own bookkeeping is broken. */
const RACES_MAX = 20;

export type Change = {
  event: JobEvent;
  /** Goes into the same transaction. */
  also?: (after: Job, before: Job) => readonly Statement[];
  /** The event is about this try: once another one has begun it changes nothing. */
  epoch?: number;
};

/**
 * Applies one event to a job: reads the row, asks the pure `advance`, writes with compare-and-set, and starts over when
 * somebody else was faster. Whoever watches the job hears of it, and its end is counted in the same transaction. Rejects
 * when a statement of `also` breaks a constraint.
 */
export async function changeJob(
  deps: Pick<Deps, "jobs" | "now" | "limits" | "bells">,
  id: JobId,
  { event, also = () => [], epoch }: Change,
): Promise<Changed> {
  for (let race = 0; race < RACES_MAX; race += 1) {
    const before = await deps.jobs.find(id);
    if (before === null) return { ok: false, why: "unknown_job", job: null };
    if (epoch !== undefined && before.epoch !== epoch) return { ok: false, why: "stale_epoch", job: before };
    const step = advance(before, event, deps.now(), deps.limits);
    if (!step.ok) return { ok: false, why: step.why, job: before };
    if (await deps.jobs.replace(before, step.job, [...also(step.job, before), ...countEnd(step.job, event)])) {
      announce(deps, step.job);
      return { ok: true, before, after: step.job };
    }
  }
  throw new Error(`Job ${id} changed ${RACES_MAX} times while one event was applied`);
}

/** A transfer counts once, when it is over for good, and took from the request to its end. */
function countEnd(job: Job, { type }: JobEvent): Statement[] {
  // Whoever waited for a superseded job goes on waiting for the one that took its place.
  if ((job.state !== "done" && job.state !== "failed") || type === "superseded") return [];
  // PyTorrent's counters are about Steam alone.
  if (job.source.kind !== "workshop") return [];
  const ending = job.state === "done" ? "ok" : "error";
  const { requestedAt: at, finishedAt } = job;
  return countStatements({
    hours: [{ kind: `download_from_steam_${ending}`, startsAt: hourOf(finishedAt), count: 1 }],
    durations: [{ kind: `steam_${ending}`, at, ms: Math.max(0, finishedAt - at) }],
    sent: new Map(),
  });
}

function announce({ bells }: Pick<Deps, "bells">, job: Job): void {
  bells.job.ring(job.id);
  if (job.state === "queued") bells.dispatch.ring();
  if (job.state === "verifying") bells.verify.ring();
  if (job.state === "done") bells.pages.ring();
}
