import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import {
  type TorrentClient,
  TorrentError,
  type TorrentOrder,
  type TorrentStatus,
} from "../../engine/torrent/client.ts";
import { createLazyClient } from "../../engine/torrent/lazy-client.ts";
import { parseMagnet } from "../../engine/torrent/magnet.ts";
import { METAINFO_BYTES_MAX, parseMetainfo } from "../../engine/torrent/metainfo.ts";
import { reportOf } from "../../engine/torrent/torrent-failure.ts";
import { formatBytes } from "../progress-bytes.ts";
import { isPrivateByName } from "./address.ts";
import { download } from "./download.ts";
import { failureLine, isPrivateRefusal } from "./failure-line.ts";
import { followTorrent } from "./follow-torrent.ts";
import { inWorkplace } from "./in-workplace.ts";
import type { JobOf, Work } from "./job.ts";
import { askedPlace, existsText, isThere, publishTree } from "./place.ts";
import { type Failed, INTERRUPTED, printable, type Result } from "./result.ts";
import type { Workplace } from "./workplace.ts";

/** The command's clients, opened with their first torrent: one for the world, one that may go to private places. */
export type Torrents = { client(may: { goPrivate: boolean }): Promise<TorrentClient>; close(): Promise<void> };

export function lazyTorrents(open: (place: { allowPrivate?: true }) => Promise<TorrentClient>): Torrents {
  const [world, home] = [createLazyClient(() => open({})), createLazyClient(() => open({ allowPrivate: true }))];
  return {
    client: ({ goPrivate }) => (goPrivate ? home : world).get(),
    async close() {
      await Promise.all([world.close(), home.close()]);
    },
  };
}

/** A library at home names itself in its torrents; whoever typed its address may go there. */
const goesPrivate = ({ torrent: { from } }: JobOf<"torrent">): boolean =>
  from.kind === "url" && isPrivateByName(from.url);

/**
 * Fetches what a torrent holds, all of it verified, and puts it where it belongs under the torrent's own name. Until then its data
 * lies in a hidden folder beside that place, and the same command checks it and goes on. Nobody gets anything of it afterwards.
 */
export async function getTorrent(job: JobOf<"torrent">, work: Work, torrents: Torrents): Promise<Result> {
  return await inWorkplace(job, work, (workplace) => getTorrentIn(workplace, job, { work, torrents }));
}

/** The same in a workplace that is there already. */
export async function getTorrentIn(
  workplace: Workplace,
  job: JobOf<"torrent">,
  { work, torrents }: { work: Work; torrents: Torrents },
): Promise<Result> {
  const from = await metainfoOf(job, work, workplace);
  if ("exit" in from) return from;
  const { signal, dht } = work.context;
  if (waysToAsk(job, { dht }) === 0) return stopped(job, NOBODY_TO_ASK, dht);
  const client = await torrents.client({ goPrivate: goesPrivate(job) });
  try {
    const folder = workplace.at("content");
    // A magnet link's torrent has no name yet.
    const taken = from.kind === "metainfo" ? await inTheWay(parseMetainfo(from.bytes).name, work) : null;
    if (taken !== null) return { exit: 2, problem: taken };
    await mkdir(folder, { recursive: true });
    const added = await client.add({ from, folder, isKept: false }, signal);
    if (added.folder !== folder) return twice(job);
    return await fetchTorrent(added, { client, workplace, work, job });
  } catch (error) {
    return signal.aborted ? INTERRUPTED : toFailed(job, error);
  }
}

/** A torrent's description by its address is a file to download; the rest is here. */
async function metainfoOf(
  { torrent }: JobOf<"torrent">,
  work: Work,
  workplace: Workplace,
): Promise<TorrentOrder["from"] | Failed> {
  if (torrent.from.kind !== "url") return torrent.from;
  work.row.stage("Asking for the torrent");
  await rm(workplace.at("done"), { recursive: true, force: true });
  const outcome = await download({ url: torrent.from.url, workplace, maxBytes: METAINFO_BYTES_MAX }, work);
  return "exit" in outcome ? outcome : { kind: "metainfo", bytes: await readFile(outcome.path) };
}

type Fetch = { client: TorrentClient; workplace: Workplace; work: Work; job: JobOf<"torrent"> };

async function fetchTorrent({ infoHash }: TorrentStatus, { client, workplace, work, job }: Fetch): Promise<Result> {
  const { context, wishes } = work;
  const { folder } = await askedPlace(context.cwd, wishes.output);
  try {
    const ended = await followTorrent(infoHash, client, work, {
      onName: (name) => inTheWay(name, work),
      hasOneWay: waysToAsk(job, context) === 1,
    });
    if (ended.kind === "refused") return { exit: 2, problem: ended.problem };
    if (ended.kind === "stopped") return stopped(job, ended.problem, context.dht);
    const entries = (await client.files(infoHash, context.signal)).length;
    // Only then all of it is on the disk; a full one may say so no sooner.
    await client.remove(infoHash, KEEP_DATA, AbortSignal.timeout(FORGET_MS));
    const path = join(folder, ended.name);
    const tree = { from: join(workplace.at("content"), ended.name), path, aside: workplace.at("replaced") };
    const problem = await publishTree(tree, wishes.force);
    if (problem !== null) return { exit: 1, problem };
    const summary = `${formatBytes(ended.bytes)}, ${entries} ${entries === 1 ? "file" : "files"}`;
    const facts = { infoHash, title: printable(ended.name), file: path, bytes: ended.bytes, entries };
    return { exit: 0, file: path, summary, facts: { ...facts, fetched: { tool: client.tool, manifest: infoHash } } };
  } finally {
    await forget(client, infoHash);
  }
}

/** What is where the torrent would go; null when it may go there. */
async function inTheWay(name: string, { context, wishes }: Work): Promise<string | null> {
  const path = join((await askedPlace(context.cwd, wishes.output)).folder, name);
  return !wishes.force && (await isThere(path)) ? existsText(path) : null;
}

/** After an interrupt as well, so with a limit of its own. */
const FORGET_MS = 5_000;
const KEEP_DATA = { deleteData: false };

async function forget(client: TorrentClient, infoHash: string): Promise<void> {
  await client.remove(infoHash, KEEP_DATA, AbortSignal.timeout(FORGET_MS)).catch(() => {});
}

const NOBODY_TO_ASK = "the link names no tracker and no peer, and the distributed hash table (DHT) is off";

/** How many places may know who has a magnet link's torrent; of others nobody has to know. Throws `TorrentError`. */
function waysToAsk({ torrent }: JobOf<"torrent">, { dht }: { dht: boolean }): number {
  if (dht || torrent.from.kind !== "magnet") return Number.POSITIVE_INFINITY;
  const { trackers, peers } = parseMagnet(torrent.from.uri);
  return trackers.filter((url) => /^(https?|udp):/i.test(url)).length + peers.length;
}

function stopped({ asked, torrent }: JobOf<"torrent">, problem: string, dht: boolean): Failed {
  const further = dht || torrent.from.kind !== "magnet" ? "" : "MODFLEET_DHT=1 would look further. ";
  const advice = isPrivateRefusal(problem)
    ? "Set MODFLEET_ALLOW_PRIVATE_SOURCES=1 if you trust whoever made it"
    : `${further}Try again later, or look for another torrent of it`;
  const said = `Cannot fetch ${shown(asked.target)}: ${printable(problem)}. ${advice}`;
  return { exit: 1, problem: said, code: "source_unreachable" };
}

const twice = ({ asked }: JobOf<"torrent">): Failed => ({
  exit: 1,
  problem: `Cannot fetch ${shown(asked.target)}: it is the same torrent as another one of this command. Name it once`,
});

function toFailed({ asked }: JobOf<"torrent">, error: unknown): Failed {
  const report = reportOf(error);
  if (!(error instanceof TorrentError) || error.problem !== "invalid")
    return { exit: 1, problem: failureLine(shown(asked.target), report), code: report.code };
  const problem = `Cannot fetch ${shown(asked.target)}: ${printable(error.message)}. Get the torrent from its source again`;
  return { exit: 1, problem, code: report.code };
}

const SHOWN_LENGTH_MAX = 80;

/** Magnet links are long. */
const shown = (target: string): string =>
  target.length > SHOWN_LENGTH_MAX ? `${target.slice(0, SHOWN_LENGTH_MAX)}…` : target;
