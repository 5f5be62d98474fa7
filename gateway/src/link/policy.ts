import type { Limits, Policy } from "@modfleet/protocol";
import type { Config } from "../config.ts";
import type { Agent } from "../domain/agent.ts";

/** One SteamCMD run may carry so many items of one app that wait at the same moment (PROTOCOL section 10). */
const ITEMS_PER_RUN = 20;

/** The limits an agent is told: one slot on probation, and the pace toward Valve that the operator chose. */
export function policyFor(
  status: Agent["status"],
  { config, limits }: { config: Pick<Config, "steamRuns">; limits: Limits },
): Policy {
  return {
    slots: status === "trusted" ? limits.slotsMax : limits.slotsOnProbation,
    steamRuns: config.steamRuns,
    itemsPerRun: ITEMS_PER_RUN,
  };
}
