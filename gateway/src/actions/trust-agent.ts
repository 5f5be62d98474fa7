import type { AgentId } from "@modfleet/protocol";
import type { Deps } from "../deps.ts";
import type { Agent } from "../domain/agent.ts";
import { AppError } from "../domain/errors.ts";

/** Ends an agent's probation, or takes a revocation back. Connected agents get their new limits within seconds. */
export async function trustAgent(
  { agents, log }: Pick<Deps, "agents" | "log">,
  { agent }: { agent: AgentId },
): Promise<Agent> {
  const trusted = await agents.setStatus(agent, "trusted");
  if (trusted === null) throw new AppError("not_found", `No agent ${agent}`);
  log.info("An agent is trusted now", { agent });
  return trusted;
}
