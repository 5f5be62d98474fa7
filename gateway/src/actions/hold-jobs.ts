import type { AgentId, JobRef, Progress } from "@modfleet/protocol";
import type { Deps } from "../deps.ts";
import { recordBeat } from "./beat.ts";

/**
 * What a returning agent may go on with. A job whose result is on record counts as kept: the agent says `finished` again
 * and hears `settled`. To call it lost would be a lie that the model check finds.
 */
export async function holdJobs(
  deps: Pick<Deps, "jobs" | "declines" | "now" | "limits" | "bells">,
  { agent, held }: { agent: AgentId; held: readonly Progress[] },
): Promise<{ keep: JobRef[]; lost: JobRef[] }> {
  deps.declines.forget(agent);
  const lost = await recordBeat(deps, { agent, leases: held });
  const gone = new Set(lost.map(({ job, epoch }) => `${job} ${epoch}`));
  const keep = held.filter(({ job, epoch }) => !gone.has(`${job} ${epoch}`)).map(({ job, epoch }) => ({ job, epoch }));
  return { keep, lost };
}
