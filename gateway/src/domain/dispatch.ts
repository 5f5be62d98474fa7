import { type AgentId, failureRule, type SourceKind } from "@modfleet/protocol";
import type { Connected } from "./agent.ts";
import type { Job } from "./job.ts";
import { type NetworkState, takeRun } from "./manners.ts";

export type Queued = Extract<Job, { state: "queued" }>;

export type Assignment = {
  job: Queued;
  agent: AgentId;
  network: string;
  /** The address' new account when this job takes a SteamCMD run. */
  run: NetworkState | null;
};

export type DispatchInput = {
  /** In fair order. */
  jobs: readonly Queued[];
  agents: readonly Connected[];
  /** Refilled accounts of the agents' addresses. */
  networks: ReadonlyMap<string, NetworkState>;
  now: number;
  /** Whether this agent declined this job a moment ago, or has no working tool for it. */
  declined: (job: Queued, agent: AgentId) => boolean;
  random: () => number;
};

/** How long a job waits for somebody else than the one that failed it. */
const AVOID_MS = 120_000;
/** Room for the download, its archive and Steam's own copy while it patches. */
const DISK_FACTOR = 3;

/** Which queued job goes to which agent now. Pure; never gives an agent more than its free slots. */
export function planDispatch({ jobs, agents, networks, now, declined, random }: DispatchInput): Assignment[] {
  const free = new Map(agents.map((agent) => [agent.agent, agent.freeSlots]));
  const accounts = new Map(networks);
  const room = new Map(agents.map((agent) => [agent.agent, agent.freeBytes]));
  const plan: Assignment[] = [];
  for (const job of jobs) {
    const able = agents.filter((agent) => canDo(agent, job) && !declined(job, agent.agent));
    const needs = (job.expectedBytes ?? 0) * DISK_FACTOR;
    const wanted = preferred(job, able, now);
    const hasPlace = ({ agent }: Connected) => (free.get(agent) ?? 0) > 0 && (room.get(agent) ?? 0) >= needs;
    const ready = wanted.filter((agent) => hasPlace(agent) && mayRun(accounts.get(agent.network), job));
    const chosen = leastBusy(ready, free, random);
    if (chosen === null) continue;
    const account = accounts.get(chosen.network);
    const run = takesRun(job) && account !== undefined ? takeRun(account) : null;
    if (run !== null) accounts.set(chosen.network, run);
    free.set(chosen.agent, (free.get(chosen.agent) ?? 0) - 1);
    room.set(chosen.agent, (room.get(chosen.agent) ?? 0) - needs);
    plan.push({ job, agent: chosen.agent, network: chosen.network, run });
  }
  return plan;
}

/** Legacy items and other sources do not touch SteamCMD. */
function takesRun(job: Queued): boolean {
  return job.source.kind === "workshop" && job.source.fileUrl === undefined;
}

function mayRun(account: NetworkState | undefined, job: Queued): boolean {
  return !takesRun(job) || account === undefined || takeRun(account) !== null;
}

/** The rule of kinds and room; slots are looked at later, because a busy agent still counts as another one. */
export function canDo(agent: Connected, job: { source: { kind: SourceKind }; expectedBytes: number | null }): boolean {
  if (agent.draining || !agent.engines.includes(job.source.kind)) return false;
  return agent.freeBytes >= (job.expectedBytes ?? 0) * DISK_FACTOR;
}

/** Who should have it: the same agent for a resumable failure, anybody else for the others, everybody after a while. */
function preferred(job: Queued, able: readonly Connected[], now: number): readonly Connected[] {
  const { failure } = job;
  if (failure === null || now - failure.at > AVOID_MS + (job.notBefore - failure.at)) return able;
  const rule = failureRule(failure.code).retry;
  const same = able.filter((agent) => agent.agent === failure.agent);
  if (rule === "same_agent" && same.length > 0) return same;
  const elsewhere = able.filter((agent) => agent.network !== failure.network);
  if ((rule === "other_network" || rule === "never") && elsewhere.length > 0) return elsewhere;
  const others = able.filter((agent) => agent.agent !== failure.agent);
  return others.length > 0 ? others : able;
}

/** The agent with the largest share of free slots; equals by lot, so that no address is always first. */
function leastBusy(
  agents: readonly Connected[],
  free: ReadonlyMap<AgentId, number>,
  random: () => number,
): Connected | null {
  let best: { agent: Connected; share: number; lot: number } | null = null;
  for (const agent of agents) {
    const share = (free.get(agent.agent) ?? 0) / agent.slots;
    const lot = random();
    if (best === null || share > best.share || (share === best.share && lot > best.lot)) best = { agent, share, lot };
  }
  return best?.agent ?? null;
}
