import type { Deps } from "../deps.ts";
import type { Agent } from "../domain/agent.ts";

/** Every agent that ever enrolled, oldest first, revoked ones included. */
export function listAgents({ agents }: Pick<Deps, "agents">): Promise<Agent[]> {
  return agents.list();
}
