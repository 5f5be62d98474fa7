import type { ModId, Source } from "@modfleet/protocol";
import { type ItemFacts, type Mod, PYTORRENT } from "../domain/catalogue.ts";
import { isRunning } from "../domain/job.ts";
import { storedName } from "../store/name-key.ts";
import { type HeldArchive, heldArchive } from "./held-archive.ts";
import { lookElsewhere } from "./request-elsewhere.ts";
import { enqueue, lookTwice, notReady, type Queued, type RequestDeps, type Requested } from "./requested.ts";

/**
 * Serves what is here, joins what is on its way, or queues a fetch (P1: a queued job survives everything). A mod from
 * elsewhere is fetched from its source; Steam is not asked about it.
 */
export function requestMod(deps: RequestDeps, asked: { id: ModId; requester: string }): Promise<Requested> {
  return lookTwice(deps, (unlessDoneSince) => look(deps, { ...asked, unlessDoneSince }));
}

type Asked = { id: ModId; requester: string; unlessDoneSince: number };

/** One look of `lookTwice`. */
async function look(deps: RequestDeps, { id, requester, unlessDoneSince }: Asked): Promise<Requested | null> {
  const mod = await deps.catalogue.findMod(id);
  const source = mod?.elsewhere?.source;
  if (source !== undefined) return lookElsewhere(deps, { source, requester, unlessDoneSince });
  const answer = await deps.steam.item(id);
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
  const refusal = isWaiting ? null : await notReady(deps, { kind: "workshop", have });
  return refusal ?? (await queue(deps, wanted));
}

async function queue(deps: RequestDeps, wanted: Wanted): Promise<Queued | null> {
  const { item, have, requester, unlessDoneSince } = wanted;
  await takeOver(deps, wanted);
  return enqueue(deps, {
    mod: item.id,
    source: toSource(item),
    version: item.versionKey,
    expectedBytes: item.sizeBytes,
    ...{ requester, unlessDoneSince, isHere: have !== null },
  });
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

function toSource(item: ItemFacts): Source {
  const source = { kind: "workshop", app: item.app, item: item.id } as const;
  return item.fileUrl === null ? source : { ...source, fileUrl: item.fileUrl };
}
