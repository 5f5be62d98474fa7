import type { GatewayMessage } from "@modfleet/protocol";
import { type Changed, changeJob } from "../actions/change-job.ts";
import type { Deps } from "../deps.ts";
import type { Connected } from "../domain/agent.ts";
import { attemptMs } from "../domain/attempt.ts";
import { type Assignment, planDispatch, type Queued } from "../domain/dispatch.ts";
import type { Job } from "../domain/job.ts";
import { fleetSlowdown, type NetworkState, newNetwork, refilled } from "../domain/manners.ts";
import { signUploadToken } from "../domain/upload-token.ts";
import { isConstraintViolation } from "../store/database.ts";
import type { KnownNetwork } from "../store/networks.ts";

type DispatchDeps = Pick<
  Deps,
  "config" | "jobs" | "networks" | "fleet" | "declines" | "bells" | "limits" | "now" | "random" | "uploadSecret" | "log"
>;

/** More jobs than there are free slots are looked at, because some may not fit whoever is free … */
const CANDIDATES_SPARE = 16;
/** … and many more when none of those did: what nobody there can do must not stand before what somebody can. */
const CANDIDATES_MORE = [200, 2_000];
const SLOWDOWN_LOOKS_BACK_MS = 300_000;

/**
 * Claims queued jobs for agents connected to this process and offers them. The row is claimed before the offer is sent:
 * an offer that gets lost runs out after 15 s. Answers how many were offered.
 */
export async function dispatchTurn(deps: DispatchDeps): Promise<number> {
  const agents = deps.fleet.connected().filter((agent) => !agent.draining);
  const free = agents.reduce((sum, agent) => sum + agent.freeSlots, 0);
  if (free === 0) return 0;
  const accounts = await readAccounts(deps, agents);
  for (const limit of [2 * free + CANDIDATES_SPARE, ...CANDIDATES_MORE]) {
    const { plan, isAll } = await look(deps, { agents, accounts, limit });
    const offered = await Promise.all(
      plan.map((assignment) => claimAndOffer(deps, assignment, accounts.get(assignment.network))),
    );
    const count = offered.filter(Boolean).length;
    if (count > 0 && !isAll) deps.bells.dispatch.ring();
    if (count > 0 || isAll) return count;
  }
  return 0;
}

type Look = { agents: readonly Connected[]; accounts: ReadonlyMap<string, Account>; limit: number };

/** A plan for the first `limit` jobs, and whether those were all. */
async function look(
  deps: DispatchDeps,
  { agents, accounts, limit }: Look,
): Promise<{ plan: Assignment[]; isAll: boolean }> {
  const kinds = [...new Set(agents.flatMap((agent) => agent.engines))];
  const found = await deps.jobs.claimable({ now: deps.now(), kinds, limit });
  const plan = planDispatch({
    jobs: found.filter((job): job is Queued => job.state === "queued"),
    agents,
    networks: new Map([...accounts].map(([network, { refilled }]) => [network, refilled])),
    now: deps.now(),
    declined: deps.declines.has,
    random: deps.random,
  });
  return { plan, isAll: found.length < limit };
}

type Account = { seen: KnownNetwork | null; refilled: NetworkState };

async function readAccounts(deps: DispatchDeps, agents: readonly Connected[]): Promise<Map<string, Account>> {
  const now = deps.now();
  const { steamRuns } = deps.config;
  const names = [...new Set(agents.map((agent) => agent.network))];
  const [known, recent] = await Promise.all([
    deps.networks.find(names),
    deps.networks.changedSince(now - SLOWDOWN_LOOKS_BACK_MS),
  ]);
  const slowdown = fleetSlowdown(recent, now);
  const account = (name: string): Account => {
    const seen = known.get(name) ?? null;
    return { seen, refilled: refilled(seen?.state ?? newNetwork(steamRuns, now), steamRuns, now, slowdown) };
  };
  return new Map(names.map((name) => [name, account(name)]));
}

async function claimAndOffer(deps: DispatchDeps, assignment: Assignment, account?: Account): Promise<boolean> {
  const { job, agent } = assignment;
  const claimed = await claim(deps, assignment, account);
  if (!claimed?.ok || claimed.after.state !== "leased") return false;
  if (deps.fleet.tell(agent, toOffer(deps, claimed.after))) return true;
  deps.log.debug("An offer found no socket", { job: job.id, agent });
  await changeJob(deps, job.id, { event: { type: "declined", agent, epoch: claimed.after.epoch } });
  return false;
}

/** Null when the agent was revoked or its address ran out of runs meanwhile: nothing was written. */
async function claim(
  deps: DispatchDeps,
  { job, agent, network, run }: Assignment,
  account?: Account,
): Promise<Changed | null> {
  const runs = run === null || !account ? [] : deps.networks.takeRun(network, { ...account, now: deps.now() });
  const also = () => [deps.jobs.unlessRevoked(agent), ...runs];
  try {
    return await changeJob(deps, job.id, { event: { type: "claimed", agent, network }, also });
  } catch (error) {
    if (isConstraintViolation(error)) return null;
    throw error;
  }
}

function toOffer(deps: DispatchDeps, job: Extract<Job, { state: "leased" }>): GatewayMessage {
  const { limits } = deps;
  const lastsMs = attemptMs(job, limits);
  const claims = {
    job: job.id,
    epoch: job.epoch,
    agent: job.lease.agent,
    maxBytes: limits.archiveBytesMax,
    expiresAt: deps.now() + limits.offerMs + lastsMs,
  };
  return {
    type: "offer",
    job: job.id,
    epoch: job.epoch,
    source: job.source,
    maxBytes: limits.archiveBytesMax,
    ...(job.expectedBytes === null ? {} : { expectedBytes: job.expectedBytes }),
    deadlineMs: lastsMs,
    uploadToken: signUploadToken(deps.uploadSecret, claims),
  };
}
