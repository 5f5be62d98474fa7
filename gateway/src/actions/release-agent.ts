import type { AgentId } from "@modfleet/protocol";
import type { Deps } from "../deps.ts";
import type { Job } from "../domain/job.ts";
import { changeJob } from "./change-job.ts";

/** Gives back everything a revoked agent holds: its leases are queued again, its unpublished results thrown away. */
export async function releaseAgent(
  deps: Pick<Deps, "jobs" | "now" | "limits" | "bells">,
  { agent }: { agent: AgentId },
): Promise<void> {
  for (const job of await deps.jobs.ofAgent(agent)) {
    const also = (_: Job, before: Job) =>
      before.state === "verifying" ? [deps.jobs.recordVerdict(job.id, before.epoch, "rejected")] : [];
    await changeJob(deps, job.id, { event: { type: "agent_revoked", agent }, also });
  }
}
