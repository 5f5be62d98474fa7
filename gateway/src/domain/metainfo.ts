import { createHash } from "node:crypto";
import { type Bencodable, bencode } from "./bencode.ts";
import type { Version } from "./catalogue.ts";
import type { ArchivePieces } from "./pieces.ts";

export type MetainfoInput = {
  version: Pick<Version, "mod" | "key" | "publishedAt"> & { archive: Pick<Version["archive"], "bytes"> };
  pieces: ArchivePieces;
  /** Absolute address of the zip, for clients that find no peers (BEP 19). */
  webSeed: string;
  /** Addresses to announce to, the first before the others. */
  trackers: readonly string[];
};

/**
 * The torrent of a version's zip (BEP 3, version 1). Its info dictionary depends on the version alone, so that everybody
 * who shares the same zip finds the others, whatever its web seed and its trackers are.
 */
export function metainfo({ version, pieces, webSeed, trackers }: MetainfoInput): Uint8Array<ArrayBuffer> {
  const { mod, key, publishedAt, archive } = version;
  const { pieceBytes, hashes } = pieces;
  return bencode({
    ...announced(trackers),
    "created by": "modfleet",
    "creation date": Math.floor(publishedAt / 1_000),
    info: { length: archive.bytes, name: archiveFileName(mod, key), "piece length": pieceBytes, pieces: hashes },
    "url-list": [webSeed],
  });
}

/** BEP 12: each tracker is asked only when those before it do not answer. */
function announced(trackers: readonly string[]): Record<string, Bencodable> {
  const [first] = trackers;
  return first === undefined ? {} : { announce: first, "announce-list": trackers.map((tracker) => [tracker]) };
}

const KEY_CHARACTERS_MAX = 100;

/**
 * What the zip of a version is called where others share it: a name for every file system, and another one for each version
 * of the mod. Never to be changed: it is part of the info-hash.
 */
export function archiveFileName(mod: string, key: string): string {
  const plain = key.replace(/[^A-Za-z0-9._-]/gu, "_").slice(0, KEY_CHARACTERS_MAX);
  const mark = plain === key ? "" : `-${createHash("sha256").update(key).digest("hex").slice(0, 8)}`;
  return `${mod}-${plain}${mark}.zip`;
}
