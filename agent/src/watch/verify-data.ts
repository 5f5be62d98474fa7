import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { lstat } from "node:fs/promises";
import { join } from "node:path";
import type { Metainfo } from "../engine/torrent/metainfo.ts";

export type Verify = {
  torrent: Pick<Metainfo, "name" | "files" | "pieceLength" | "pieces">;
  /** The file, or the folder of a torrent that has several. */
  data: string;
  signal: AbortSignal;
};

const HASH_BYTES = 20;

/**
 * Whether the data is what the torrent promises: every file there with its length, every piece with its hash. Padding (BEP 47) need not
 * be there. Bounded memory.
 */
export async function isDataWhole({ torrent, data, signal }: Verify): Promise<boolean> {
  const { pieces, pieceLength } = torrent;
  const files = filesIn(torrent, data);
  for (const { path, length, isPadding } of files) {
    // It fills a piece, so a longer one is none, and would only cost time.
    const isThere = isPadding ? length < pieceLength : await hasLength(path, length);
    if (!isThere) return false;
  }
  let at = 0;
  for await (const hash of hashesOf(files, pieceLength, signal)) {
    if (!hash.equals(pieces.subarray(at, at + HASH_BYTES))) return false;
    at += HASH_BYTES;
  }
  return at === pieces.length;
}

type DataFile = { path: string; length: number; isPadding: boolean };

/** Paths in a torrent begin with its name, whatever the folder on the disk is called. */
function filesIn({ files, name }: Verify["torrent"], data: string): DataFile[] {
  return files.map(({ path, ...file }) => ({
    ...file,
    path: path === name ? data : join(data, path.slice(name.length + 1)),
  }));
}

async function hasLength(path: string, length: number): Promise<boolean> {
  const found = await lstat(path).catch(() => null);
  return found?.isFile() === true && found.size === length;
}

function contentOf({ path, length, isPadding }: DataFile, signal: AbortSignal): AsyncIterable<Buffer> | Buffer[] {
  return isPadding ? [Buffer.alloc(length)] : createReadStream(path, { signal });
}

async function* hashesOf(files: readonly DataFile[], pieceLength: number, signal: AbortSignal): AsyncGenerator<Buffer> {
  let hash = createHash("sha1");
  let room = pieceLength;
  for (const file of files) {
    for await (const chunk of contentOf(file, signal)) {
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
