import { readFileSync, statSync } from "node:fs";
import { basename } from "node:path/posix";
import { METAINFO_BYTES_MAX, parseMetainfo } from "../engine/torrent/metainfo.ts";

/** What `extractTorrentFile` gives: dTorrent's keys. Sizes in bytes. */
export type TorrentFileData = {
  name: string;
  /** Lower case. */
  infoHash: string;
  /** Upper case. */
  hash: string;
  /** Addresses of trackers, each once. */
  announce: string[];
  /** Paths with the torrent's folder in front; `offset` is the file's place in the pieces. */
  files: { name: string; path: string; length: number; offset: number }[];
  length: number;
  pieceLength: number;
  path: string;
};

export const TORRENT_BYTES_MAX = METAINFO_BYTES_MAX;

/** Reads a `.torrent` file. Throws when it is missing, larger than 16 MiB, or no torrent of version 1. */
export function extractTorrentFile(path: string): TorrentFileData {
  return parseTorrentFile(readTorrentFile(path), path);
}

/** The bytes of a torrent file; refuses one that is too large before it reads it. */
export function readTorrentFile(path: string): Buffer {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isFile() !== true) throw new Error(`This torrent file does not exists : ${path}`);
  if (found.size > TORRENT_BYTES_MAX) throw new Error(`This torrent file is too large : ${path}`);
  return readFileSync(path);
}

/** Reads the bytes of a torrent file. Refuses what `parseMetainfo` refuses: names that lead out of the torrent's folder among it. */
export function parseTorrentFile(content: Buffer, path: string): TorrentFileData {
  const { name, infoHash, trackers, files, length, pieceLength } = parseMetainfo(content);
  return {
    name,
    infoHash,
    hash: infoHash.toUpperCase(),
    announce: trackers,
    files: files.map(({ path, length, offset }) => ({ name: basename(path), path, length, offset })),
    length,
    pieceLength,
    path,
  };
}
