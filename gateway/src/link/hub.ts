import type { AgentId, SourceKind } from "@modfleet/protocol";
import type { Fleet } from "../deps.ts";
import type { Agent, Connected } from "../domain/agent.ts";
import type { Heard } from "../store/agents.ts";
import type { Session } from "./session.ts";

/** The fleet with what only the link may do to it. */
export type Hub = Fleet & {
  add(session: Session): void;
  /** From now on `session` is the agent's; an older one is told that it was superseded. */
  join(agent: AgentId, session: Session): void;
  leave(session: Session): void;
  /** Call it every second. */
  tick(): void;
  applyStatuses(statuses: readonly Pick<Agent, "id" | "status">[]): void;
  /** Agents heard since `time`, and those that left since the last call. */
  takeHeard(time: number): Heard[];
  /** Every agent is told to come back at its own random moment within ten seconds. */
  closeAll(): void;
};

/** A tick this late was held up by us (or the clock jumped): nobody is called silent for it. */
const LATE_MS = 10_000;

/** The sockets of this process, strangers included. */
export function createFleet({ now }: { now: () => number }): Hub {
  const sessions = new Set<Session>();
  const byAgent = new Map<AgentId, Session>();
  const lastCapable = new Map<SourceKind, number>();
  const departed = new Map<AgentId, Heard>();
  let tickedAt = now();

  const connected = (): Connected[] => [...byAgent.values()].flatMap((session) => session.connected() ?? []);

  return {
    connected,
    tell: (agent, message) => byAgent.get(agent)?.tell(message) ?? false,
    disconnect: (agent, reason) => byAgent.get(agent)?.end(reason),
    lastCapableAt(kind) {
      const isHere = connected().some(({ engines }) => engines.includes(kind));
      return isHere ? now() : (lastCapable.get(kind) ?? null);
    },
    add: (session) => void sessions.add(session),
    join(agent, session) {
      const older = byAgent.get(agent);
      byAgent.set(agent, session);
      if (older !== session) older?.end("superseded");
    },
    leave(session) {
      sessions.delete(session);
      const was = session.connected();
      for (const kind of was?.engines ?? []) lastCapable.set(kind, now());
      if (was !== null) departed.set(was.agent, was);
      // A superseded session leaves after the newer one has joined, which stays.
      if (session.agent !== null && byAgent.get(session.agent) === session) byAgent.delete(session.agent);
    },
    tick() {
      const time = now();
      const isLate = Math.abs(time - tickedAt) > LATE_MS;
      tickedAt = time;
      for (const session of [...sessions]) session.tick({ now: time, isLate });
    },
    applyStatuses(statuses) {
      for (const { id, status } of statuses) byAgent.get(id)?.applyStatus(status);
    },
    takeHeard(time) {
      const here = [...byAgent.values()].filter((session) => session.heardAt >= time);
      const heard = new Map<AgentId, Heard>(departed);
      for (const known of here.flatMap((session) => session.connected() ?? [])) heard.set(known.agent, known);
      departed.clear();
      return [...heard.values()].map(({ agent, engines }) => ({ agent, engines }));
    },
    closeAll() {
      for (const session of [...sessions]) session.sendAway();
    },
  };
}
