import type { AgentId, Epoch, JobId } from "@modfleet/protocol";
import type { Deps } from "../deps.ts";
import { changeJob } from "./change-job.ts";

/** An agent does not want an offer now: the job is queued again and nobody is charged. */
export async function declineOffer(
  deps: Pick<Deps, "jobs" | "now" | "limits" | "bells" | "declines">,
  { agent, job, epoch }: { agent: AgentId; job: JobId; epoch: Epoch },
): Promise<boolean> {
  const { ok } = await changeJob(deps, job, { event: { type: "declined", agent, epoch } });
  if (ok) deps.declines.note(job, agent);
  return ok;
}
