import type { AgentId, Epoch, JobId } from "@modfleet/protocol";
import type { Deps } from "../deps.ts";
import { changeJob } from "./change-job.ts";

/** An agent takes an offer: the lease and the deadline begin. `false` means that the epoch is no longer its own. */
export async function acceptOffer(
  deps: Pick<Deps, "jobs" | "now" | "limits" | "bells">,
  { agent, job, epoch }: { agent: AgentId; job: JobId; epoch: Epoch },
): Promise<boolean> {
  return (await changeJob(deps, job, { event: { type: "accepted", agent, epoch } })).ok;
}
