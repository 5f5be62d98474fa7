import type { AgentId, JobRef, Progress } from "@modfleet/protocol";
import type { Deps } from "../deps.ts";
import { changeJob } from "./change-job.ts";

/** Renews every lease the agent names and notes its progress. Answers with the ones it no longer holds. */
export async function recordBeat(
  deps: Pick<Deps, "jobs" | "now" | "limits" | "bells">,
  { agent, leases }: { agent: AgentId; leases: readonly Progress[] },
): Promise<JobRef[]> {
  const held = await Promise.all(leases.map((progress) => renewed(deps, agent, progress)));
  return leases.filter((_, index) => held[index] === false).map(({ job, epoch }) => ({ job, epoch }));
}

async function renewed(
  deps: Pick<Deps, "jobs" | "now" | "limits" | "bells">,
  agent: AgentId,
  { job, epoch, stage, bytes, total }: Progress,
): Promise<boolean> {
  const { ok } = await changeJob(deps, job, { event: { type: "progressed", agent, epoch, stage, bytes, total } });
  return ok || (await deps.jobs.verdict(job, epoch, agent)) !== null;
}
