import { cp, lstat, mkdir, rename, rm } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseMetainfo } from "../engine/torrent/metainfo.ts";
import type { ServerSettings } from "./config.ts";
import type { Server } from "./server.ts";
import { type Torrent, toTorrent } from "./torrent.ts";
import { parseTorrentFile, readTorrentFile, type TorrentFileData } from "./torrent-file.ts";
import { isDataWhole } from "./verify-data.ts";

/** What `createFromTorrent` and `createFromTorrentAndData` resolve to, as dTorrent has it. */
export type Created =
  | { success: true; torrent: Torrent }
  | { success: false; name: "AlreadyExists"; message: string; torrent: Torrent };

export type TakeIn = {
  torrentFile: string;
  /** The data that is there already; null: it is to be downloaded. */
  data: string | null;
  server: Server;
  folders: ServerSettings["folders"];
  signal: AbortSignal;
};

/** How often the server is looked at for what it was given. */
const LOOKS = 20;
const LOOK_MS = 100;

/**
 * Moves a torrent file, and its data where it is given, into the server's folders and adds it to the server. Data that is not what the
 * torrent promises is refused before anything is moved, and what cannot be added is moved back.
 */
export async function takeIn({ torrentFile, data, server, folders, signal }: TakeIn): Promise<Created> {
  const given = resolve(torrentFile);
  const content = readTorrentFile(given);
  const torrent = parseTorrentFile(content, given);
  if (data !== null && !(await isDataWhole({ torrent: parseMetainfo(content), data: resolve(data), signal }))) {
    throw new Error("Integrity torrent failed");
  }
  await server.poll();
  const existing = server.find(torrent.hash);
  if (existing !== null) {
    return { success: false, name: "AlreadyExists", message: "Torrent already exists", torrent: existing };
  }
  if (folders === null) throw new Error(`Config need root_path: ${server.name}`);
  const moves = createMoves();
  try {
    if (data !== null) await moves.move(resolve(data), join(folders.data, torrent.name));
    const file = await moves.move(given, await freeName(folders.torrents, torrent));
    const dataFolder = data === null ? null : folders.data;
    const isLoaded = await server.load({ file, content, hash: torrent.hash, dataFolder });
    const seen = isLoaded ? await untilSeen(server, torrent.hash, { isWhole: data !== null, signal }) : null;
    return { success: true, torrent: seen ?? toBeSeen(server.name, torrent, { file, isWhole: data !== null }) };
  } catch (error) {
    await moves.undo();
    throw error;
  }
}

/** What is moved is moved back, the last first, when the whole cannot be done. */
function createMoves() {
  const done: { from: string; to: string }[] = [];
  return {
    move: async (from: string, to: string): Promise<string> => {
      if (from === to) return to;
      await mkdir(join(to, ".."), { recursive: true });
      await moveNew(from, to);
      done.push({ from, to });
      return to;
    },
    undo: async (): Promise<void> => {
      for (const { from, to } of done.toReversed()) await moveNew(to, from).catch(() => undefined);
    },
  };
}

/** Never over something that is there already. Between disks it is a copy that takes the original's place. */
async function moveNew(from: string, to: string): Promise<void> {
  if (await exists(to)) throw new Error(`Cannot move ${from}, there is something already: ${to}`);
  try {
    await rename(from, to);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EXDEV")) throw error;
    await cp(from, to, { recursive: true, errorOnExist: true, force: false });
    await rm(from, { recursive: true });
  }
}

const exists = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );

/** `<name>.torrent`, or with the hash in it where another torrent of that name lies already. */
async function freeName(folder: string, { name, hash, path }: TorrentFileData): Promise<string> {
  const plain = join(folder, `${name}.torrent`);
  return plain === path || !(await exists(plain)) ? plain : join(folder, `${name}.${hash}.torrent`);
}

/** The torrent once the server shows it, with its data where that was there already; null when that takes too long. */
async function untilSeen(
  server: Server,
  hash: string,
  { isWhole, signal }: { isWhole: boolean; signal: AbortSignal },
): Promise<Torrent | null> {
  for (let look = 0; look < LOOKS; look += 1) {
    await server.poll();
    const torrent = server.find(hash);
    if (torrent !== null && (torrent.finished || !isWhole)) return torrent;
    await delay(LOOK_MS, undefined, { signal });
  }
  return null;
}

/** What the server will show in a moment. */
function toBeSeen(
  server: string,
  torrent: TorrentFileData,
  { file, isWhole }: { file: string; isWhole: boolean },
): Torrent {
  const { hash, name, length } = torrent;
  const files = torrent.files.map(({ name, path, length }) => ({ name, path, length }));
  const downloaded = isWhole ? length : 0;
  return toTorrent(
    server,
    { hash, name, active: false, downloaded, uploaded: 0, length, path: basename(file), extra: {}, files },
    false,
  );
}
