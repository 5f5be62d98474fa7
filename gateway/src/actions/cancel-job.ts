import type { JobId } from "@modfleet/protocol";
import type { Deps } from "../deps.ts";
import { AppError } from "../domain/errors.ts";
import type { Job } from "../domain/job.ts";
import { isConstraintViolation } from "../store/database.ts";
import { changeJob } from "./change-job.ts";

/**
 * One requester no longer wants the job. It ends when nobody else waits and it is not nearly done; otherwise it goes on.
 * Errors: `not_found`; `forbidden` for somebody who never asked for it.
 */
export async function cancelJob(
  deps: Pick<Deps, "jobs" | "fleet" | "now" | "limits" | "bells">,
  { job: id, requester }: { job: JobId; requester: string },
): Promise<Job> {
  const job = await deps.jobs.find(id);
  if (job === null) throw new AppError("not_found", `No job ${id}`);
  const waiting = await deps.jobs.leave(id, requester);
  if (waiting === null) throw new AppError("forbidden", "Only somebody who asked for a job can cancel it");
  if (waiting > 0) return job;

  const changed = await changeJob(deps, id, {
    event: { type: "cancelled" },
    also: () => [deps.jobs.unlessWanted(id)],
  }).catch((error: unknown) => {
    // Somebody else asked for it in this very moment.
    if (isConstraintViolation(error)) return { ok: false, job } as const;
    throw error;
  });
  if (!changed.ok) return changed.job ?? job;
  const { before } = changed;
  if (before.state === "leased") deps.fleet.tell(before.lease.agent, { type: "cancel", job: id, epoch: before.epoch });
  return changed.after;
}
