import type { Secret } from "@modfleet/protocol";
import { runSession, type SessionOptions } from "./connection.ts";
import type { Ended } from "./end-reason.ts";
import { enrol } from "./enrol.ts";

export type EnrolledSessionOptions = Omit<SessionOptions, "agent"> & { invite: Secret | null; name: string };

/**
 * Sessions of an agent that enrols itself where it has no id yet: an id on disk is used as it is, also when the invitation is
 * used up. A gateway that forgot the agent is asked once more, where there is an invitation.
 */
export function enrolledSession(options: EnrolledSessionOptions): (signal: AbortSignal) => Promise<Ended> {
  const { identity, gateway, invite, name, log } = options;
  let mayEnrolAgain = invite !== null;

  return async (signal) => {
    const known = identity.agentAt(gateway);
    if (known !== null) {
      const ended = await runSession({ ...options, agent: known }, signal);
      if (ended.reason !== "unknown_agent" || !mayEnrolAgain) return ended;
      mayEnrolAgain = false;
      identity.forget(gateway);
      return { ...ended, comeBackMs: 0 };
    }
    const outcome = await enrol({ gateway, invite, name, publicKey: identity.publicKey, signal });
    if (outcome.kind !== "enrolled") return notEnrolled(outcome);
    identity.enrolled(gateway, outcome.agent);
    log.info("Enrolled", { gateway, agent: outcome.agent, name });
    return runSession({ ...options, agent: outcome.agent }, signal);
  };
}

function notEnrolled({ kind, detail }: { kind: "refused" | "unreachable"; detail: string }): Ended {
  if (kind === "refused") return { reason: "enrolment_refused", detail, comeBackMs: null, healthyMs: 0 };
  return { reason: "could_not_enrol", detail, comeBackMs: 0, healthyMs: 0 };
}
