import type { ModId, Source, SourceKind } from "@modfleet/protocol";
import type { Deps } from "../deps.ts";
import type { Mod } from "../domain/catalogue.ts";
import type { Job } from "../domain/job.ts";

/** What somebody who asks for a mod gets. */
export type Requested =
  /** The archive is here. It is outdated when its source has a newer one that cannot be fetched now. */
  | { kind: "ready"; mod: Mod; isOutdated: boolean }
  | Queued
  | { kind: "not_found" }
  | { kind: "is_collection" }
  /** No agent that could do it was connected during the last ten minutes. Nothing was created. */
  | { kind: "not_ready"; retryAfterMs: number }
  | { kind: "steam_unavailable"; retryAfterMs: number }
  /** A final failure that is still remembered. */
  | { kind: "failed"; job: Job };

export type Queued = {
  kind: "queued";
  job: Job;
  /** Exactly one of many who ask at once gets it. */
  created: boolean;
  /** An older copy is here, and stays until the new one is published. */
  updating: boolean;
  /** Said to the one who created: it was on the shelf, and its archive is not here. */
  damaged: boolean;
  failedBefore: boolean;
};

export type RequestDeps = Pick<Deps, "catalogue" | "steam" | "jobs" | "fleet" | "blobs" | "bells" | "now" | "newId"> & {
  agents: Pick<Deps["agents"], "anySeenSince">;
  statistics: Pick<Deps["statistics"], "beginAnew">;
};

const CAPABLE_WITHIN_MS = 600_000;
const NOT_READY_RETRY_MS = 10_000;
/** Far longer than a job's end takes from its time stamp to its commit, however busy the machine. */
const JUST_DONE_MS = 60_000;

/** Looks for an archive; null when a job for it was done since `unlessDoneSince`: what was read before may be older than that. */
type Look = (unlessDoneSince: number) => Promise<Requested | null>;

/** A job that was done around the first look left its archive for the second; if not, its bytes are lost and it is queued. */
export async function lookTwice({ now }: Pick<RequestDeps, "now">, look: Look): Promise<Requested> {
  const answer = (await look(now() - JUST_DONE_MS)) ?? (await look(Number.MAX_SAFE_INTEGER));
  if (answer === null) throw new Error("Could not look at a mod a second time");
  return answer;
}

type Fetch = {
  mod: ModId;
  source: Source;
  version: string;
  expectedBytes: number | null;
  requester: string;
  unlessDoneSince: number;
  /** Whether an archive of the mod can be sent meanwhile. */
  isHere: boolean;
};

/** Queues a job for the mod or joins the one that runs; null when its job was done a moment ago. */
export async function enqueue(deps: RequestDeps, { isHere, ...fetch }: Fetch): Promise<Queued | null> {
  const { mod } = fetch;
  const fresh = { ...fetch, id: deps.newId("job"), requestedAt: deps.now() };
  const { job, created } = await deps.jobs.insertOrJoin(fresh);
  if (job.state === "done") return null;
  if (created) deps.bells.dispatch.ring();
  const damaged = created && !isHere && (await deps.statistics.beginAnew(mod, deps.now()));
  const failedBefore = job.failure !== null || (await deps.jobs.hasFailed(mod));
  return { kind: "queued", job, created, updating: isHere, damaged, failedBefore };
}

/** Why nothing can be queued now; null when an agent for this kind was connected a while ago, here or at another gateway. */
export async function notReady(
  { agents, fleet, now }: RequestDeps,
  { kind, have }: { kind: SourceKind; have: Mod | null },
): Promise<Requested | null> {
  const since = now() - CAPABLE_WITHIN_MS;
  const here = fleet.lastCapableAt(kind);
  if ((here !== null && here >= since) || (await agents.anySeenSince(since, kind))) return null;
  // An old copy is better than none.
  return have === null
    ? { kind: "not_ready", retryAfterMs: NOT_READY_RETRY_MS }
    : { kind: "ready", mod: have, isOutdated: true };
}
