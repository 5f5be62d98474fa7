import { changeJob } from "../actions/change-job.ts";
import type { Deps } from "../deps.ts";
import type { Job } from "../domain/job.ts";

type SweepDeps = Pick<Deps, "jobs" | "fleet" | "bells" | "limits" | "now" | "random" | "log">;

const OVERDUE_MAX = 500;

/** Gives back what nobody renewed in time. Only the gateway's clock decides; the holder hears of it when it is there. */
export async function sweepTurn(deps: SweepDeps): Promise<number> {
  const overdue = await deps.jobs.overdue(deps.now(), OVERDUE_MAX);
  await Promise.all(overdue.map((job) => giveBack(deps, job)));
  return overdue.length;
}

/** Later than this, it was us who did not listen: a restart, a stopped process, a clock that was set. */
const SILENT_MS = 10_000;

/**
 * A sweep that counts silence against agents only while this gateway listened. After a pause, and after the start, leases
 * that ran out meanwhile begin anew, so that agents find their way back to work that they never stopped.
 */
export function createSweepTurn(deps: SweepDeps): () => Promise<number> {
  let sweptAt: number | null = null;
  return async () => {
    const now = deps.now();
    const gapMs = sweptAt === null ? 0 : now - sweptAt;
    if (sweptAt === null || gapMs > SILENT_MS) {
      const forgiven = await deps.jobs.forgive({ now, gapMs, until: now + deps.limits.leaseMs });
      if (forgiven > 0) deps.log.info("renewed leases that ran out while nobody listened", { jobs: forgiven });
    }
    sweptAt = now;
    return sweepTurn(deps);
  };
}

async function giveBack(deps: SweepDeps, job: Job): Promise<void> {
  if (job.state !== "leased") return;
  const { agent, deadlineAt } = job.lease;
  const isLate = deadlineAt !== null && deadlineAt <= deps.now();
  const event = isLate
    ? ({ type: "deadline_passed", random: deps.random() } as const)
    : ({ type: "lease_ran_out" } as const);
  const changed = await changeJob(deps, job.id, { event });
  if (!changed.ok) return;
  deps.fleet.tell(agent, { type: "lost", job: job.id, epoch: job.epoch, why: isLate ? "deadline" : "stale" });
  deps.log.info("gave a job back", { job: job.id, agent, because: event.type });
}
