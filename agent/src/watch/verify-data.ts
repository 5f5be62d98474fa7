import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { lstat } from "node:fs/promises";
import { join } from "node:path";
import type { TorrentFileData } from "./torrent-file.ts";

export type Verify = {
  torrent: TorrentFileData;
  /** The SHA-1 of each piece, one after the other. */
  pieces: Buffer;
  /** The file, or the folder of a torrent that has several. */
  data: string;
  signal: AbortSignal;
};

const HASH_BYTES = 20;

/** Whether the data is what the torrent promises: every file there with its length, every piece with its hash. Bounded memory. */
export async function isDataWhole({ torrent, pieces, data, signal }: Verify): Promise<boolean> {
  const files = filesIn(torrent, data);
  for (const { path, length } of files) {
    const found = await lstat(path).catch(() => null);
    if (found?.isFile() !== true || found.size !== length) return false;
  }
  let at = 0;
  for await (const hash of hashesOf(files, torrent.pieceLength, signal)) {
    if (!hash.equals(pieces.subarray(at, at + HASH_BYTES))) return false;
    at += HASH_BYTES;
  }
  return at === pieces.length;
}

type DataFile = { path: string; length: number };

/** Paths in a torrent begin with its name, whatever the folder on the disk is called. */
function filesIn({ files, name }: TorrentFileData, data: string): DataFile[] {
  return files.map(({ path, length }) => ({
    length,
    path: path === name ? data : join(data, path.slice(name.length + 1)),
  }));
}

async function* hashesOf(files: readonly DataFile[], pieceLength: number, signal: AbortSignal): AsyncGenerator<Buffer> {
  let hash = createHash("sha1");
  let room = pieceLength;
  for (const { path } of files) {
    for await (const chunk of createReadStream(path, { signal })) {
      for (let rest: Buffer = chunk; rest.length > 0; ) {
        const part = rest.subarray(0, room);
        hash.update(part);
        room -= part.length;
        rest = rest.subarray(part.length);
        if (room > 0) continue;
        yield hash.digest();
        hash = createHash("sha1");
        room = pieceLength;
      }
    }
  }
  if (room < pieceLength) yield hash.digest();
}
