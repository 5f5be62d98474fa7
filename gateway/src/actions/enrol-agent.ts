import { AgentId, type Enrol } from "@modfleet/protocol";
import type { Deps } from "../deps.ts";
import type { Agent } from "../domain/agent.ts";
import { AppError } from "../domain/errors.ts";
import { hashInvite } from "./create-invite.ts";

type EnrolDeps = Pick<Deps, "agents" | "log" | "newId" | "now"> & { config: Pick<Deps["config"], "openEnrolment"> };

/**
 * Makes an agent of whoever holds this key. Idempotent per key: an enrolled agent gets its id again, used-up invitation or
 * not. Throws `forbidden` for a revoked key and `unauthorized` where an invitation is missing or does not count any more.
 */
export async function enrolAgent(deps: EnrolDeps, request: Enrol): Promise<Agent> {
  // Several texts decode to the same bytes; one key is one agent.
  const publicKey = Buffer.from(request.publicKey, "base64url").toString("base64url");
  const agent = (await deps.agents.findByKey(publicKey)) ?? (await admit(deps, { ...request, publicKey }));
  if (agent.status === "revoked") throw new AppError("forbidden", "This agent was revoked by an operator");
  return agent;
}

async function admit(deps: EnrolDeps, { invite, name, publicKey }: Enrol): Promise<Agent> {
  const { agents, config, log, newId, now } = deps;
  const newcomer = (status: Agent["status"]): Agent => ({
    id: AgentId.parse(newId("agt")),
    name,
    publicKey,
    status,
    enrolledAt: now(),
    lastSeenAt: null,
  });
  const enrolled =
    (invite === undefined ? null : await agents.insertInvited(newcomer("trusted"), hashInvite(invite))) ??
    (config.openEnrolment ? await agents.insert(newcomer("probation")) : null);
  if (enrolled !== null) {
    log.info("An agent enrolled", { agent: enrolled.id, name, status: enrolled.status });
    return enrolled;
  }
  // The same key may have enrolled on another connection between the first look and the insert.
  const winner = await agents.findByKey(publicKey);
  if (winner === null) throw notInvited(invite);
  return winner;
}

function notInvited(invite: string | undefined): AppError {
  const message =
    invite === undefined
      ? "Enrolling here takes an invitation: ask the operator for one and set MODFLEET_INVITE"
      : "This invitation is unknown, used up or too old: ask the operator for a new one and set MODFLEET_INVITE";
  return new AppError("unauthorized", message);
}
