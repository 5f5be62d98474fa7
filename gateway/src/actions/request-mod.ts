import type { ModId, Source } from "@modfleet/protocol";
import type { Deps } from "../deps.ts";
import { type ItemFacts, type Mod, PYTORRENT } from "../domain/catalogue.ts";
import { isRunning, type Job } from "../domain/job.ts";
import { storedName } from "../store/name-key.ts";
import { type HeldArchive, heldArchive } from "./held-archive.ts";

/** What somebody who asks for a mod gets. */
export type Requested =
  /** The archive is here. It is outdated when Steam has a newer one that cannot be fetched now. */
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

type RequestDeps = Pick<Deps, "catalogue" | "steam" | "jobs" | "fleet" | "blobs" | "bells" | "now" | "newId"> & {
  agents: Pick<Deps["agents"], "anySeenSince">;
  statistics: Pick<Deps["statistics"], "beginAnew">;
};

const CAPABLE_WITHIN_MS = 600_000;
const NOT_READY_RETRY_MS = 10_000;
/** Far longer than a job's end takes from its time stamp to its commit, however busy the machine. */
const JUST_DONE_MS = 60_000;

/** Serves what is here, joins what is on its way, or queues a fetch (P1: a queued job survives everything). */
export async function requestMod(deps: RequestDeps, asked: { id: ModId; requester: string }): Promise<Requested> {
  return (await look(deps, { ...asked, unlessDoneSince: deps.now() - JUST_DONE_MS })) ?? (await lookAgain(deps, asked));
}

/** Its job was done around the first look, so by now it is here; if not, its bytes are lost and it is queued. */
async function lookAgain(deps: RequestDeps, asked: { id: ModId; requester: string }): Promise<Requested> {
  const answer = await look(deps, { ...asked, unlessDoneSince: Number.MAX_SAFE_INTEGER });
  if (answer === null) throw new Error(`Could not look at mod ${asked.id} a second time`);
  return answer;
}

type Asked = { id: ModId; requester: string; unlessDoneSince: number };

/** Null when a job for it was done a moment ago: what was read before may be older than that. */
async function look(deps: RequestDeps, { id, requester, unlessDoneSince }: Asked): Promise<Requested | null> {
  const [mod, answer] = await Promise.all([deps.catalogue.findMod(id), deps.steam.item(id)]);
  const held = mod === null ? null : await heldArchive(deps, mod);
  const have = held === null ? null : mod;
  switch (answer.kind) {
    case "found":
      return requestItem(deps, { item: answer.item, mod, have, held, requester, unlessDoneSince });
    case "removed":
      if (mod !== null && mod.removedAt === null) await deps.catalogue.markRemoved(id, deps.now());
      return have === null ? { kind: "not_found" } : { kind: "ready", mod: have, isOutdated: false };
    case "collection":
      return { kind: "is_collection" };
    case "unavailable":
      return have === null
        ? withoutSteam(deps, id, answer.retryAfterMs)
        : { kind: "ready", mod: have, isOutdated: false };
  }
}

/** Steam is out of reach and nothing is here; a job on its way can still be joined. */
async function withoutSteam({ jobs }: RequestDeps, id: ModId, retryAfterMs: number): Promise<Requested> {
  const job = await jobs.latestFor(id);
  if (job !== null && isRunning(job)) {
    return { kind: "queued", job, created: false, updating: false, damaged: false, failedBefore: job.failure !== null };
  }
  return { kind: "steam_unavailable", retryAfterMs };
}

/** `have` is the mod when its archive is here, as `held`. */
type Wanted = Omit<Asked, "id"> & { item: ItemFacts; mod: Mod | null; have: Mod | null; held: HeldArchive | null };

async function requestItem(deps: RequestDeps, wanted: Wanted): Promise<Requested | null> {
  const { item, mod, have, held } = wanted;
  if (have !== null && held !== null && isUpToDate(held, item)) {
    // What PyTorrent said about its archives stays as it was until there is a new version.
    if (!isTakenOver(held) || have.removedAt !== null) await takeOver(deps, wanted);
    return { kind: "ready", mod: have, isOutdated: false };
  }
  const latest = await deps.jobs.latestFor(item.id);
  const failed = latest?.state === "failed" ? latest : null;
  // Steam shows again what it had hidden: that it was gone counts no longer.
  const isBack = failed?.failure.code === "item_removed" && mod !== null && mod.removedAt !== null;
  if (failed?.version === item.versionKey && !isBack && (failed.retryAt ?? 0) > deps.now()) {
    return have === null ? { kind: "failed", job: failed } : { kind: "ready", mod: have, isOutdated: true };
  }
  const isWaiting = latest !== null && isRunning(latest) && latest.version === item.versionKey;
  // An old copy is better than none.
  if (!isWaiting && !(await couldBeDone(deps))) {
    if (have !== null) return { kind: "ready", mod: have, isOutdated: true };
    return { kind: "not_ready", retryAfterMs: NOT_READY_RETRY_MS };
  }
  return enqueue(deps, wanted);
}

/** Null when its job was done a moment ago. */
async function enqueue(deps: RequestDeps, wanted: Wanted): Promise<Queued | null> {
  const { item, have, requester, unlessDoneSince } = wanted;
  await takeOver(deps, wanted);
  const { job, created } = await deps.jobs.insertOrJoin({
    id: deps.newId("job"),
    mod: item.id,
    source: toSource(item),
    version: item.versionKey,
    expectedBytes: item.sizeBytes,
    requester,
    requestedAt: deps.now(),
    unlessDoneSince,
  });
  if (job.state === "done") return null;
  if (created) deps.bells.dispatch.ring();
  const damaged = created && have === null && (await deps.statistics.beginAnew(item.id, deps.now()));
  const failedBefore = job.failure !== null || (await deps.jobs.hasFailed(item.id));
  return { kind: "queued", job, created, updating: have !== null, damaged, failedBefore };
}

/** Stores what Steam says, unless that is known. */
async function takeOver({ catalogue, now }: RequestDeps, { mod, item }: Wanted): Promise<void> {
  if (mod === null || differs(mod, item)) await catalogue.saveItem(item, now());
}

const isTakenOver = (held: HeldArchive): boolean =>
  held.kind === "imported" || held.version.provenance.tool === PYTORRENT;

/** PyTorrent knew no version keys: what came from it is as new as its time at the source. */
function isUpToDate(held: HeldArchive, item: ItemFacts): boolean {
  if (held.kind === "imported") return item.updatedAt <= held.sourceUpdatedAt;
  const { key, provenance, sourceUpdatedAt } = held.version;
  return key === item.versionKey || (provenance.tool === PYTORRENT && item.updatedAt <= sourceUpdatedAt);
}

/** The facts that a catalogue row repeats; saving is skipped while none of them changed. */
export function differs(mod: Mod, item: ItemFacts): boolean {
  return (
    mod.versionKey !== item.versionKey ||
    mod.updatedAt !== item.updatedAt ||
    mod.name !== storedName(item.title) ||
    mod.sizeBytes !== item.sizeBytes ||
    mod.removedAt !== null
  );
}

async function couldBeDone({ agents, fleet, now }: RequestDeps): Promise<boolean> {
  const since = now() - CAPABLE_WITHIN_MS;
  const here = fleet.lastCapableAt("workshop");
  return (here !== null && here >= since) || (await agents.anySeenSince(since));
}

function toSource(item: ItemFacts): Source {
  const source = { kind: "workshop", app: item.app, item: item.id } as const;
  return item.fileUrl === null ? source : { ...source, fileUrl: item.fileUrl };
}
