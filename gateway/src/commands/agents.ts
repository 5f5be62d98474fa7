import { AgentId } from "@modfleet/protocol";
import { type Command, InvalidArgumentError } from "commander";
import { listAgents } from "../actions/list-agents.ts";
import { releaseAgent } from "../actions/release-agent.ts";
import { revokeAgent } from "../actions/revoke-agent.ts";
import { trustAgent } from "../actions/trust-agent.ts";
import type { Agent } from "../domain/agent.ts";
import type { AdminContext } from "./admin-context.ts";

/** `agents list`, `agents revoke` and `agents trust`. A running `serve` notices within seconds. */
export function registerAgents(program: Command, { withDeps, print }: AdminContext): void {
  const agents = program.command("agents").description("list, revoke or trust enrolled agents");

  agents
    .command("list", { isDefault: true })
    .description("one line for each agent: id, status, last seen, name")
    .action(async () => {
      for (const agent of await withDeps(listAgents)) print(toLine(agent));
    });

  agents
    .command("revoke")
    .description("end an agent's rights: its work goes to others, it may not come back")
    .argument("<id>", "the agent's id", parseAgent)
    .action(async (id: AgentId) => {
      const revoked = await withDeps((deps) =>
        revokeAgent({ ...deps, release: (agent) => releaseAgent(deps, { agent }) }, { agent: id }),
      );
      print(toLine(revoked));
    });

  agents
    .command("trust")
    .description("end an agent's probation, or take a revocation back")
    .argument("<id>", "the agent's id", parseAgent)
    .action(async (id: AgentId) => print(toLine(await withDeps((deps) => trustAgent(deps, { agent: id })))));
}

function parseAgent(text: string): AgentId {
  const parsed = AgentId.safeParse(text);
  if (!parsed.success) throw new InvalidArgumentError("Must look like agt_ and 20 characters; see agents list.");
  return parsed.data;
}

function toLine({ id, status, lastSeenAt, name }: Agent): string {
  const seen = lastSeenAt === null ? "never seen" : new Date(lastSeenAt).toISOString();
  // A name comes from an agent: it must not move a terminal's cursor.
  return [id, status, seen, name.replace(/\p{Cc}/gu, "?")].join("\t");
}
