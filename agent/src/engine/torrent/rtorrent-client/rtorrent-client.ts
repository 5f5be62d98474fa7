import { basename } from "node:path";
import { z } from "zod";
import { type TorrentClient, TorrentError, type TorrentLimits, type TorrentStatus } from "../client.ts";
import { removeContent } from "../remove-content.ts";
import type { RTorrent } from "../rtorrent/rtorrent.ts";
import { addOrder, loadMagnet } from "./add.ts";
import { told } from "./faults.ts";
import { decodeNote } from "./note.ts";
import { askFileRows, askRow, askRows, type Row } from "./rows.ts";
import { settle } from "./settle.ts";
import { folderOf, hasSome, isWaiting, toFileStatus, toStatus } from "./to-status.ts";

/**
 * The torrents of an rTorrent (0.9.x) that runs on this machine, as a user who may write where they are to lie: folders are made
 * and data is deleted by this process. What a magnet link was ordered with is carried out when somebody asks for the torrent.
 */
export function createRTorrentTorrentClient(rtorrent: RTorrent, { loadMs }: { loadMs?: number } = {}): TorrentClient {
  let tool = "rtorrent";
  const ask = async <T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> =>
    told(signal, async () => {
      if (tool === "rtorrent") tool = await nameOf(rtorrent, signal);
      return work();
    });
  return {
    get tool() {
      return tool;
    },
    list: (signal) =>
      ask(signal, async () => {
        const rows = await askRows(rtorrent, signal);
        const statuses: TorrentStatus[] = [];
        for (const row of rows) statuses.push(...(await statusOf(rtorrent, row, signal)));
        return statuses;
      }),
    get: (infoHash, signal) => ask(signal, () => getStatus(rtorrent, infoHash, signal)),
    add: (order, signal) =>
      ask(signal, async () => {
        const row = await addOrder({ rtorrent, ...(loadMs === undefined ? {} : { loadMs }) }, order, signal);
        const [status] = await statusOf(rtorrent, row, signal);
        if (status !== undefined) return status;
        throw new TorrentError("not_found", `The torrent went while it was added: ${row.hash}`);
      }),
    pause: (infoHash, signal) =>
      ask(
        signal,
        async () => void (await rtorrent.call("d.stop", [(await rowOf(rtorrent, infoHash, signal)).hash], signal)),
      ),
    resume: (infoHash, signal) => ask(signal, () => resume(rtorrent, infoHash, signal)),
    remove: (infoHash, options, signal) => ask(signal, () => remove(rtorrent, { infoHash, ...options }, signal)),
    files: (infoHash, signal) =>
      ask(signal, async () => {
        const row = await rowOf(rtorrent, infoHash, signal);
        if (isWaiting(row, decodeNote(row.note))) return [];
        return (await askFileRows(rtorrent, row.hash, signal)).map((file) => toFileStatus(row, file));
      }),
    looksForPeers: (signal) => ask(signal, () => hasDht(rtorrent, signal)),
    setLimits: (limits, signal) => ask(signal, () => setLimits(rtorrent, limits, signal)),
    close: async () => undefined,
  };
}

async function nameOf(rtorrent: RTorrent, signal: AbortSignal): Promise<string> {
  const version = z
    .string()
    .max(40)
    .safeParse(await rtorrent.call("system.client_version", [], signal));
  return `rtorrent ${version.data ?? "of an unknown version"}`;
}

const Dht = z.object({ dht: z.string() });

/** One that nobody knows the state of may be on. */
async function hasDht(rtorrent: RTorrent, signal: AbortSignal): Promise<boolean> {
  const { data } = Dht.safeParse(await rtorrent.call("dht.statistics", [], signal));
  return data === undefined || !["off", "disable"].includes(data.dht);
}

const HASH = /^[0-9a-f]{40}$/i;

async function getStatus(rtorrent: RTorrent, infoHash: string, signal: AbortSignal): Promise<TorrentStatus | null> {
  const row = HASH.test(infoHash) ? await askRow(rtorrent, infoHash, signal) : null;
  if (row === null) return null;
  return (await statusOf(rtorrent, row, signal))[0] ?? null;
}

/** Nothing when the torrent went meanwhile. */
async function statusOf(rtorrent: RTorrent, found: Row, signal: AbortSignal): Promise<TorrentStatus[]> {
  try {
    const row = await settle(rtorrent, found, signal);
    if (row === null) return [];
    return [toStatus(row, hasSome(row) ? await askFileRows(rtorrent, row.hash, signal) : null)];
  } catch (error) {
    if ((await askRow(rtorrent, found.hash, signal)) === null) return [];
    throw error;
  }
}

async function rowOf(rtorrent: RTorrent, infoHash: string, signal: AbortSignal): Promise<Row> {
  const found = HASH.test(infoHash) ? await askRow(rtorrent, infoHash, signal) : null;
  const row = found === null ? null : await settle(rtorrent, found, signal);
  if (row !== null) return row;
  throw new TorrentError("not_found", `rTorrent has no torrent ${infoHash.slice(0, 80)}`);
}

async function resume(rtorrent: RTorrent, infoHash: string, signal: AbortSignal): Promise<void> {
  const row = await rowOf(rtorrent, infoHash, signal);
  const note = decodeNote(row.note);
  if (note?.kind === "refused") throw new TorrentError("too_large", note.problem);
  if (note?.kind !== "magnet" || !note.isPaused) return rtorrent.resume(row.hash, signal);
  // Whether the real torrent is begun with is settled when the link is loaded.
  await rtorrent.erase(row.hash, signal);
  await loadMagnet(rtorrent, { ...note, isPaused: false }, signal);
}

/** Off the list first: then rTorrent has its files closed. */
async function remove(
  rtorrent: RTorrent,
  { infoHash, deleteData }: { infoHash: string; deleteData: boolean },
  signal: AbortSignal,
): Promise<void> {
  const row = await rowOf(rtorrent, infoHash, signal);
  const hasContent = deleteData && !isWaiting(row, decodeNote(row.note));
  const files = hasContent ? await askFileRows(rtorrent, row.hash, signal) : [];
  await rtorrent.erase(row.hash, signal);
  const inside = row.isMultiFile ? `${basename(row.directory)}/` : "";
  if (hasContent)
    await removeContent(
      folderOf(row),
      files.map(({ path }) => `${inside}${path}`),
    );
}

/** rTorrent counts in KiB, and 0 is no limit. */
async function setLimits(rtorrent: RTorrent, limits: TorrentLimits, signal: AbortSignal): Promise<void> {
  const kibibytes = (rate: number | null): number => (rate === null ? 0 : Math.max(1, Math.round(rate / 1024)));
  await rtorrent.call("throttle.global_down.max_rate.set_kb", ["", kibibytes(limits.downRate)], signal);
  await rtorrent.call("throttle.global_up.max_rate.set_kb", ["", kibibytes(limits.upRate)], signal);
}
