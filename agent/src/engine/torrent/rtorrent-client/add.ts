import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { TorrentError, type TorrentOrder } from "../client.ts";
import { parseMagnet } from "../magnet.ts";
import { type Metainfo, parseMetainfo } from "../metainfo.ts";
import type { RTorrent } from "../rtorrent/rtorrent.ts";
import { encodeNote, type MagnetNote, NOTE_KEY } from "./note.ts";
import { askRow, type Row } from "./rows.ts";
import { setWanted } from "./wanted.ts";

/** rTorrent refuses calls above `network.xmlrpc.size_limit`, by default 512 KiB, and base64 makes four bytes of three. */
const CALL_BYTES_MAX = 360 * 1024;
/** It loads after it has answered, and says nothing when it cannot: by then it has. */
const LOAD_MS = 10_000;
const LOOK_MS = 50;
const ERASE_MS = 5_000;

export type Server = { rtorrent: RTorrent; loadMs?: number };

/** Takes an order on, or finds its torrent there. */
export function addOrder(server: Server, order: TorrentOrder, signal: AbortSignal): Promise<Row> {
  if (order.from.kind === "magnet") return addMagnet(server, { order, uri: order.from.uri }, signal);
  return addMetainfo(server, { order, bytes: order.from.bytes }, signal);
}

async function addMetainfo(
  server: Server,
  { order, bytes }: { order: TorrentOrder; bytes: Uint8Array },
  signal: AbortSignal,
): Promise<Row> {
  const { rtorrent } = server;
  const metainfo = parseMetainfo(bytes);
  checkSize(metainfo, order);
  const { infoHash: hash } = metainfo;
  const found = await askRow(rtorrent, hash, signal);
  if (found !== null) return found;
  await mkdir(order.folder, { recursive: true });
  try {
    await load(server, { hash, bytes, folder: order.folder }, signal);
    await begin(rtorrent, { order, metainfo }, signal);
    return await waitFor(server, hash, signal);
  } catch (error) {
    // One that was set up by half would be taken for this order's the next time. Where the server is gone, it has kept none.
    await rtorrent.erase(hash, AbortSignal.timeout(ERASE_MS)).catch(() => undefined);
    throw error;
  }
}

async function begin(
  rtorrent: RTorrent,
  { order, metainfo }: { order: TorrentOrder; metainfo: Metainfo },
  signal: AbortSignal,
): Promise<void> {
  const { infoHash: hash, files } = metainfo;
  await rtorrent.setDirectory(hash, order.folder, signal);
  if (order.files !== undefined) {
    await setWanted(rtorrent, { hash, wanted: files.map(({ path }) => isWanted(order, path)) }, signal);
    await rtorrent.call("d.custom.set", [hash.toUpperCase(), NOTE_KEY, encodeNote({ kind: "some" })], signal);
  }
  // A check needs no start; with a start it comes by itself.
  if (order.isPaused === true) await rtorrent.call("d.check_hash", [hash.toUpperCase()], signal);
  else await rtorrent.resume(hash, signal);
  // By itself rTorrent does that every 20 minutes; until then a crash would bring the torrent back without its folder.
  await rtorrent.call("d.save_full_session", [hash.toUpperCase()], signal);
}

const isWanted = ({ files }: TorrentOrder, path: string): boolean => files === undefined || files.includes(path);

function checkSize({ files }: Metainfo, order: TorrentOrder): void {
  const wanted = files.filter(({ path }) => isWanted(order, path));
  if (wanted.length === 0) throw new TorrentError("invalid", "The torrent has none of the files that are wanted");
  const bytes = wanted.reduce((sum, { length }) => sum + length, 0);
  if (order.maxBytes === undefined || bytes <= order.maxBytes) return;
  throw new TorrentError("too_large", `The torrent has ${bytes} bytes, more than ${order.maxBytes}`);
}

/**
 * Not started, so that nothing happens before all is set, and in its folder from the first moment: one that rTorrent loads after we
 * have given up is found there. A large one goes by a file, which is rTorrent's way around its limit.
 */
async function load(
  server: Server,
  { hash, bytes, folder }: { hash: string; bytes: Uint8Array; folder: string },
  signal: AbortSignal,
): Promise<void> {
  const { rtorrent } = server;
  const intoFolder = `d.directory.set=${quoted(folder)}`;
  if (bytes.length <= CALL_BYTES_MAX) {
    await rtorrent.call("load.raw", ["", bytes, intoFolder], signal);
    return void (await waitFor(server, hash, signal));
  }
  const path = join(folder, `.${hash}.torrent`);
  try {
    await writeFile(path, bytes);
    await rtorrent.call("load.normal", ["", path, intoFolder], signal);
    await waitFor(server, hash, signal);
    // Else the torrent would end with this file.
    await rtorrent.call("d.tied_to_file.set", [hash.toUpperCase(), ""], signal);
  } finally {
    await rm(path, { force: true });
  }
}

async function addMagnet(
  server: Server,
  { order, uri }: { order: TorrentOrder; uri: string },
  signal: AbortSignal,
): Promise<Row> {
  const { rtorrent } = server;
  const { infoHash, name, trackers } = parseMagnet(uri);
  const found = await askRow(rtorrent, infoHash, signal);
  if (found !== null) return found;
  await mkdir(order.folder, { recursive: true });
  const link = [`magnet:?xt=urn:btih:${infoHash}`, ...trackers.map((one) => `tr=${encodeURIComponent(one)}`)].join("&");
  const { folder, files, maxBytes = null, isPaused = false } = order;
  const wishes = { files: files === undefined ? null : [...files], maxBytes, isPaused };
  await loadMagnet(rtorrent, { kind: "magnet", uri: link, name, folder, ...wishes }, signal);
  return waitFor(server, infoHash, signal);
}

/**
 * rTorrent downloads a magnet link's metadata as a torrent of its own, and runs these commands again for the real one. A command
 * that fails is its one way to not begin that: where something is to be decided first, nothing may be opened or fetched yet.
 */
export async function loadMagnet(rtorrent: RTorrent, note: MagnetNote, signal: AbortSignal): Promise<void> {
  const commands = [`d.directory.set=${quoted(note.folder)}`, `d.custom.set=${NOTE_KEY},${encodeNote(note)}`];
  const isDecidedLater = note.files !== null || note.maxBytes !== null;
  if (isDecidedLater) commands.push("branch=d.is_meta=,cat=,d.custom_throw=modfleet_decides_later");
  await rtorrent.call(note.isPaused ? "load.normal" : "load.start", ["", note.uri, ...commands], signal);
}

const quoted = (text: string): string => `"${text.replace(/[\\"]/g, "\\$&")}"`;

async function waitFor({ rtorrent, loadMs = LOAD_MS }: Server, hash: string, signal: AbortSignal): Promise<Row> {
  for (let look = 0; look <= loadMs / LOOK_MS; look += 1) {
    const row = await askRow(rtorrent, hash, signal);
    if (row !== null) return row;
    await delay(LOOK_MS, undefined, { signal });
  }
  throw new TorrentError("unreachable", `rTorrent did not load ${hash}`);
}
