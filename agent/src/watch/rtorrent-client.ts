import { posix } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { RTorrentDownload } from "../engine/torrent/rtorrent/downloads.ts";
import type { RTorrent } from "../engine/torrent/rtorrent/rtorrent.ts";
import { RTorrentError } from "../engine/torrent/rtorrent/rtorrent-error.ts";
import type { Client, Load } from "./client.ts";
import { inParallel } from "./parallel.ts";
import type { Facts, TorrentFile } from "./torrent.ts";

const AT_ONCE = 8;
/** rTorrent loads after it has answered, and says nothing when it cannot. */
const LOOKS = { path: 10, bytes: 50 };
const LOOK_MS = 100;

/** Watches an rTorrent: one question for all torrents per poll, one more for the files of each new one. */
export function createRTorrentClient(rtorrent: RTorrent): Client {
  const filesOf = rememberFiles(rtorrent);
  return {
    greet: async (signal) => `rTorrent ${await rtorrent.call("system.client_version", [], signal)}`,
    poll: async (signal) => {
      const downloads = await rtorrent.list(signal);
      const files = await filesOf(downloads, signal);
      return downloads.map((download, index) => ({
        hash: download.hash,
        facts: toFacts(download, files[index] ?? []),
      }));
    },
    pause: rtorrent.pause,
    resume: rtorrent.resume,
    remove: rtorrent.erase,
    load: async (what, signal) => {
      await load(rtorrent, what, signal);
      return true;
    },
  };
}

/** The files of a torrent change only while a magnet's metadata arrives; its name and length change with them. */
function rememberFiles(rtorrent: RTorrent) {
  const remembered = new Map<string, TorrentFile[]>();
  return async (downloads: readonly RTorrentDownload[], signal: AbortSignal): Promise<TorrentFile[][]> => {
    const keyOf = ({ hash, sizeBytes, name }: RTorrentDownload): string => `${hash} ${sizeBytes} ${name}`;
    const keys = new Set(downloads.map(keyOf));
    for (const key of remembered.keys()) if (!keys.has(key)) remembered.delete(key);
    return inParallel(downloads, AT_ONCE, async (download) => {
      const files = remembered.get(keyOf(download)) ?? (await askFiles(rtorrent, download, signal));
      if (files.length > 0) remembered.set(keyOf(download), files);
      return files;
    });
  };
}

async function askFiles(rtorrent: RTorrent, download: RTorrentDownload, signal: AbortSignal): Promise<TorrentFile[]> {
  try {
    const files = await rtorrent.files(download.hash, signal);
    return files.map(({ path, bytes }) => {
      const whole = download.isMultiFile ? posix.join(download.name, path) : path;
      return { name: posix.basename(whole), path: whole, length: bytes };
    });
  } catch (error) {
    // It went between the two questions; the next poll says so.
    if (error instanceof RTorrentError && error.problem === "fault") return [];
    throw error;
  }
}

function toFacts(download: RTorrentDownload, files: TorrentFile[]): Facts {
  const { hash, name, isActive, isStarted, isHashing } = download;
  const { completedBytes, uploadedBytes, sizeBytes, loadedFile } = download;
  return {
    hash,
    name,
    // It rests while it is hashed, as after its last byte, and nobody has paused it.
    active: isActive || (isStarted && isHashing),
    downloaded: completedBytes,
    uploaded: uploadedBytes,
    length: sizeBytes,
    path: posix.basename(loadedFile),
    extra: {
      ratio: download.ratio / 1_000,
      down_rate: download.downRate,
      nb_seeders: download.peersComplete,
      nb_leechers: download.peersAccounted,
    },
    files,
  };
}

/** By its path, so that rTorrent knows the file's name; by its bytes where rTorrent runs on another machine. */
async function load(rtorrent: RTorrent, { file, content, hash, dataFolder }: Load, signal: AbortSignal): Promise<void> {
  for (const from of [file, content]) {
    await rtorrent.load({ from, start: false }, signal);
    for (let look = 0; look < (from === file ? LOOKS.path : LOOKS.bytes); look += 1) {
      if ((await rtorrent.get(hash, signal)) !== null) {
        if (dataFolder !== null) await rtorrent.setDirectory(hash, dataFolder, signal);
        return rtorrent.resume(hash, signal);
      }
      await delay(LOOK_MS, undefined, { signal });
    }
  }
  throw new Error(`The server did not load ${file}`);
}
