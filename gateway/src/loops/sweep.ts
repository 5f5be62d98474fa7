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
