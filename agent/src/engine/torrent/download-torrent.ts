import { setTimeout as delay } from "node:timers/promises";
import type { FetchRequest } from "../engine.ts";
import {
  type TorrentClient,
  TorrentError,
  type TorrentFileStatus,
  type TorrentOrder,
  type TorrentStatus,
} from "./client.ts";
import type { InUse } from "./in-use.ts";
import { parseMetainfo } from "./metainfo.ts";
import type { TorrentEngineLimits } from "./options.ts";
import { type Found, filesOf } from "./order-of.ts";
import { createPatience } from "./patience.ts";
import { CODES, TorrentFailure } from "./torrent-failure.ts";
import { chooseFiles, type ListedFile, type Wanted } from "./wanted.ts";
import { hasMoreAddresses, isDeadEnd, orderOf, type Ways } from "./ways.ts";

export type TorrentJob = Omit<Found, "files"> & {
  /** Null until the metadata of a magnet link is here. */
  wanted: Wanted | null;
  /** Paths that the job picks; all where nothing is said. */
  picked: readonly string[] | undefined;
  maxBytes: number;
  /** Where its data goes. */
  folder: string;
  /** Whether nothing of it has been loaded before. */
  isFresh: boolean;
  client: TorrentClient;
  inUse: InUse;
  /** What to say of a torrent that names nobody; null: the client looks for others by itself. */
  further: string | null;
  limits: TorrentEngineLimits;
  onProgress: FetchRequest["onProgress"];
  signal: AbortSignal;
};

/** All wanted files lie complete in `folder`. */
export type Downloaded = { wanted: Wanted; folder: string };

/** What is known so far. `isAsked`: the client has been told of every wanted file. `isPlaced`: it has had the torrent in our folder. */
type Known = { wanted: Wanted | null; isAsked: boolean; isPlaced: boolean; seenAt: number };

/**
 * Has the client download what the job wants of a torrent that others may use at the same time. It outlives a torrent server that
 * restarts and forgets. Throws `TorrentFailure`, `TorrentError` or the signal's reason.
 */
export async function downloadTorrent(job: TorrentJob): Promise<Downloaded> {
  const { limits, signal, onProgress } = job;
  const patience = createPatience(limits, () => performance.now());
  let known: Known = { wanted: job.wanted, isAsked: false, isPlaced: false, seenAt: 0 };
  if (job.isFresh) onProgress({ bytes: 0, total: known.wanted?.bytes ?? null });
  for (;;) {
    signal.throwIfAborted();
    try {
      const seen = await job.inUse.alone(job.infoHash, () => look(job, known));
      const { wanted, status } = seen;
      const isDone = await isComplete(job, seen);
      if (isDone && wanted !== null) return { wanted, folder: status.folder };
      // It has all that it was asked for and not ours: somebody else asked last, or it forgot.
      known = { ...seen, isAsked: seen.isAsked && status.phase !== "complete" };
      patience.look(seen.status, { deadEnd: deadEndOf(job, seen.status) });
      tell(job, seen);
    } catch (error) {
      if (!isPassing(error)) throw error;
      patience.noAnswer(error);
    }
    await delay(limits.pollMs, undefined, { signal });
  }
}

/** A server that is away for a moment, or a torrent that somebody just took off its list. */
const isPassing = (error: unknown): error is TorrentError =>
  error instanceof TorrentError && (error.problem === "unreachable" || error.problem === "not_found");

type Seen = Known & { status: TorrentStatus };

async function look(job: TorrentJob, before: Known): Promise<Seen> {
  const { client, signal, infoHash } = job;
  const known = { ...before, wanted: before.wanted ?? chosenOf(job) };
  const there = await improved(job, await placed(job, await client.get(infoHash, signal), known));
  const status = there ?? (await add(job, known.wanted));
  const sight = { isPlaced: known.isPlaced || isOurs(job, status.folder), seenAt: performance.now() };
  if (known.isAsked && there !== null) return { ...known, ...sight, status: await going(job, status) };
  const files = await client.files(infoHash, signal);
  // The metadata may have come between the two questions; what was wanted of it is decided with the next status.
  const isKnown = files.length > 0 && status.phase !== "metadata";
  if (!isKnown) return { ...known, ...sight, isAsked: false, status: await going(job, status) };
  const wanted = known.wanted ?? chooseFiles(files.map(toListed), job);
  // A client that was told to want nothing may say so in any way.
  const isNew = before.wanted === null || !before.isPlaced;
  const isIdle = isNew && status.isPaused && status.problem !== null;
  const asked = new Set(isIdle ? [] : files.filter(({ isWanted }) => isWanted).map(({ path }) => path));
  const all = asked.union(new Set(wanted.files.map(({ path }) => path)));
  if (all.size === asked.size) return { wanted, ...sight, isAsked: true, status: await going(job, status) };
  return { wanted, ...sight, isAsked: false, status: await addMore(job, status, [...all]) };
}

const toListed = ({ path, bytes }: TorrentFileStatus): ListedFile => ({ path, bytes });

/** A torrent server that was killed may have kept the torrent, and forgotten its place; then it is added anew. */
async function placed(job: TorrentJob, there: TorrentStatus | null, known: Known): Promise<TorrentStatus | null> {
  const { client, infoHash, signal, limits } = job;
  if (there === null) {
    // rTorrent takes a magnet link off its list for a moment, to put the torrent in its place.
    const isGone = !known.isPlaced || performance.now() - known.seenAt >= limits.forgottenMs;
    if (isGone) return null;
    throw new TorrentError("not_found", "The torrent is not on the list");
  }
  if (!known.isPlaced || isOurs(job, there.folder)) return there;
  await client.remove(infoHash, { deleteData: false }, signal);
  return null;
}

/** What a job with a magnet link wants, once another one has brought the torrent file. */
function chosenOf(job: TorrentJob): Wanted | null {
  const { metainfo } = waysTo(job);
  return metainfo === null ? null : chooseFiles(filesOf(parseMetainfo(metainfo)), job);
}

const waysTo = ({ inUse, infoHash, ways }: TorrentJob): Ways => inUse.get(infoHash)?.ways ?? ways;

/**
 * Null where the torrent has to be added anew, for the sake of what a later job knows of it. One whose files come from
 * somebody is left alone: they would all be hashed again.
 */
async function improved(job: TorrentJob, there: TorrentStatus | null): Promise<TorrentStatus | null> {
  const { client, inUse, infoHash, signal } = job;
  const used = inUse.get(infoHash);
  if (there === null || used === null || used.told === used.ways || there.folder !== used.folder) return there;
  const isStuck = there.phase === "downloading" && there.peers === 0 && there.downRate === 0;
  const isBetter = isStuck && used.told !== null && hasMoreAddresses(used.ways, used.told);
  if (there.phase !== "metadata" && !isBetter) return there;
  await client.remove(infoHash, { deleteData: false }, signal);
  return null;
}

/** Why the torrent can only wait for somebody who happens to come by. */
function deadEndOf(job: TorrentJob, { folder }: TorrentStatus): string | null {
  const { further } = job;
  if (further === null || !isOurs(job, folder) || !isDeadEnd(waysTo(job))) return null;
  return `No tracker and no peer is known. ${further}`;
}

/** Of a magnet link with picks nothing but the metadata is wanted at first: only it says what the picks are. */
function add(job: TorrentJob, wanted: Wanted | null): Promise<TorrentStatus> {
  const { picked, maxBytes } = job;
  return order(job, picked === undefined ? { maxBytes } : { files: wanted?.files.map(({ path }) => path) ?? [] });
}

/** Says all that is known of the ways to it. */
async function order(job: TorrentJob, wishes: Pick<TorrentOrder, "files" | "maxBytes">): Promise<TorrentStatus> {
  const { client, inUse, folder, signal } = job;
  const ways = waysTo(job);
  const status = await client.add({ ...orderOf(ways), folder, ...wishes }, signal);
  inUse.tell(ways);
  return status;
}

/** No client takes back its choice of files: the torrent is added anew with those of all jobs, and its data gone on with. */
async function addMore(job: TorrentJob, { folder }: TorrentStatus, files: readonly string[]): Promise<TorrentStatus> {
  const { client, infoHash, signal } = job;
  if (!isOurs(job, folder)) {
    throw new TorrentFailure("tool_broken", "The torrent server has this torrent already, without the wanted files");
  }
  await client.remove(infoHash, { deleteData: false }, signal);
  return await order(job, { files });
}

const isOurs = ({ inUse, infoHash }: TorrentJob, folder: string): boolean => inUse.folderOf(infoHash) === folder;

/** A torrent that seeding held, or that a crash left paused, goes on. */
async function going(job: TorrentJob, status: TorrentStatus): Promise<TorrentStatus> {
  refuse(job, status);
  const { isPaused, phase, problem } = status;
  if (!isPaused) return status;
  if (isOurs(job, status.folder)) {
    if (problem === null) await job.client.resume(job.infoHash, job.signal);
  } else if (phase === "metadata" || phase === "downloading") {
    // Whose it is has stopped it, and nobody else may let it go on.
    throw new TorrentFailure("tool_broken", "The torrent server has this torrent already, and holds it");
  }
  return status;
}

/** What a client found wrong with a magnet link's metadata, or cannot write. */
function refuse({ picked, maxBytes }: TorrentJob, { totalBytes, problem, fault = null }: TorrentStatus): void {
  const isTooLarge = totalBytes !== null && totalBytes > maxBytes;
  if (picked === undefined && (isTooLarge || fault === "too_large")) {
    throw new TorrentFailure("too_large", problem ?? `The torrent has ${totalBytes} bytes, more than ${maxBytes}`);
  }
  // Only without picks is the size of what the client was told to want ours.
  if (problem !== null && fault !== null && fault !== "too_large") throw new TorrentFailure(CODES[fault], problem);
}

/** Every file is looked at in the end: others may want different ones, and a torrent server may have forgotten which. */
async function isComplete(
  { client, infoHash, signal }: TorrentJob,
  { wanted, isAsked, status }: Seen,
): Promise<boolean> {
  if (wanted === null || !isAsked || status.phase === "checking" || status.bytes < wanted.bytes) return false;
  const files = await client.files(infoHash, signal);
  const done = new Set(files.filter(({ bytes, doneBytes }) => doneBytes === bytes).map(({ path }) => path));
  return wanted.files.every(({ path }) => done.has(path));
}

/** While data is checked its figure grows without anything being moved. */
function tell({ onProgress }: TorrentJob, { status, wanted }: Seen): void {
  if (status.phase === "checking" || status.phase === "metadata") return;
  const total = wanted?.bytes ?? status.totalBytes;
  onProgress({ bytes: Math.min(status.bytes, total ?? status.bytes), total });
}
