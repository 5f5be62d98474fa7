import type { AgentId, Hello, Limits, SessionId, SourceKind } from "@modfleet/protocol";
import type { Agent, Connected } from "../domain/agent.ts";
import { Credits } from "./credits.ts";

/** An authenticated agent on one socket. Only its own session changes it. */
export type Member = {
  session: SessionId;
  agent: AgentId;
  name: string;
  status: Agent["status"];
  network: string;
  engines: readonly SourceKind[];
  /** Jobs at once as the agent said; `credits.slots` is what it may have. */
  slotsSaid: number;
  credits: Credits;
  freeBytes: number;
  draining: boolean;
  connectedAt: number;
};

type Arrival = {
  session: SessionId;
  agent: Agent;
  hello: Hello;
  network: string;
  slotsMax: number;
  limits: Limits;
  now: number;
};

/** What a hello and the agent's row make of a stranger. It has no free slot until it says `ready`. */
export function toMember({ session, agent, hello, network, slotsMax, limits, now }: Arrival): Member {
  return {
    session,
    agent: agent.id,
    name: agent.name,
    status: agent.status,
    network,
    engines: [...new Set(hello.engines)],
    slotsSaid: hello.slots,
    credits: new Credits(Math.min(hello.slots, slotsMax), limits),
    freeBytes: hello.freeBytes,
    draining: false,
    connectedAt: now,
  };
}

/** The member as the dispatcher sees it. */
export function toConnected(member: Member): Connected {
  const { agent, name, network, engines, credits, freeBytes, draining, connectedAt } = member;
  const freeSlots = draining ? 0 : credits.free;
  return { agent, name, network, engines, freeSlots, slots: credits.slots, freeBytes, draining, connectedAt };
}
