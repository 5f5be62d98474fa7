import type { AgentId } from "@modfleet/protocol";
import type { Deps } from "../deps.ts";
import type { Agent } from "../domain/agent.ts";
import { AppError } from "../domain/errors.ts";

export type RevokeDeps = Pick<Deps, "agents" | "log"> & {
  fleet: Pick<Deps["fleet"], "disconnect">;
  /** Puts the agent's leases back into the queue and throws its pending results away. */
  release: (agent: AgentId) => Promise<void>;
};

/**
 * Revokes for good: first the row, so that no new lease can begin, then the leases, then the line. Repeating it finishes
 * what a crash left undone. Gateways that did not run this close the agent's line when they look at the row again.
 */
export async function revokeAgent(
  { agents, log, fleet, release }: RevokeDeps,
  { agent }: { agent: AgentId },
): Promise<Agent> {
  const revoked = await agents.setStatus(agent, "revoked");
  if (revoked === null) throw new AppError("not_found", `No agent ${agent}`);
  await release(agent);
  fleet.disconnect(agent, "revoked");
  log.info("An agent was revoked", { agent });
  return revoked;
}
