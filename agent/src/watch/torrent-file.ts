import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { type Bencoded, readBencode } from "../engine/torrent/bencode.ts";

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

/** Room for the hashes of a torrent of several terabytes. */
export const TORRENT_BYTES_MAX = 64 * 1024 ** 2;
const HASH_BYTES = 20;

/** Reads a `.torrent` file. Throws when it is missing, larger than 64 MiB, or no torrent of version 1. */
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

/** Reads the bytes of a torrent file. Refuses names that lead out of the torrent's folder. */
export function parseTorrentFile(content: Buffer, path: string): TorrentFileData {
  const { info, rawInfo, whole } = infoOf(content);
  const name = fileName(textOf(info.get("name.utf-8") ?? info.get("name")));
  const files = filesOf(info, name);
  const last = files.at(-1);
  const length = last === undefined ? 0 : last.offset + last.length;
  const pieceLength = wholeOf(info.get("piece length"));
  const pieces = Math.ceil(length / pieceLength);
  if (pieceLength === 0 || piecesOf(info).length !== pieces * HASH_BYTES)
    throw invalid("its pieces do not fit its length");
  const infoHash = createHash("sha1").update(rawInfo).digest("hex");
  return {
    name,
    infoHash,
    hash: infoHash.toUpperCase(),
    announce: trackersOf(whole),
    files,
    length,
    pieceLength,
    path,
  };
}

/** The SHA-1 of each piece, one after the other, 20 bytes each. */
export function pieceHashes(content: Buffer): Buffer {
  return piecesOf(infoOf(content).info);
}

const invalid = (why: string): Error => new Error(`This is no torrent file: ${why}`);

type Dictionary = Map<string, Bencoded>;

function infoOf(content: Buffer): { info: Dictionary; rawInfo: Buffer; whole: Dictionary } {
  const { value, spans } = readBencode(content);
  const rawInfo = spans.get("info");
  const info = value instanceof Map ? value.get("info") : undefined;
  if (!(value instanceof Map) || !(info instanceof Map) || rawInfo === undefined) throw invalid("it has no info");
  return { info, rawInfo, whole: value };
}

function piecesOf(info: Dictionary): Buffer {
  const pieces = info.get("pieces");
  if (Buffer.isBuffer(pieces)) return pieces;
  throw invalid("it has no pieces of version 1");
}

function filesOf(info: Dictionary, name: string): TorrentFileData["files"] {
  const list = info.get("files");
  if (list === undefined) return [{ name, path: name, length: wholeOf(info.get("length")), offset: 0 }];
  if (!Array.isArray(list)) throw invalid("its files are no list");
  let offset = 0;
  return list.map((entry) => {
    if (!(entry instanceof Map)) throw invalid("a file is no dictionary");
    const parts = entry.get("path.utf-8") ?? entry.get("path");
    if (!Array.isArray(parts) || parts.length === 0) throw invalid("a file has no path");
    const names = parts.map((part) => fileName(textOf(part)));
    const file = {
      name: names.at(-1) ?? name,
      path: [name, ...names].join("/"),
      length: wholeOf(entry.get("length")),
      offset,
    };
    offset += file.length;
    return file;
  });
}

function trackersOf(whole: Dictionary): string[] {
  const tiers = whole.get("announce-list");
  const listed = Array.isArray(tiers) ? tiers.flatMap((tier) => (Array.isArray(tier) ? tier : [])) : [];
  const all = listed.length > 0 ? listed : [whole.get("announce")];
  return [...new Set(all.filter((one) => Buffer.isBuffer(one)).map((one) => one.toString("utf8")))].filter(Boolean);
}

/** A name that stays in its folder on every platform. */
function fileName(name: string): string {
  if (name !== "" && name !== "." && name !== ".." && !/[/\\\0]/.test(name)) return name;
  throw invalid(`it names a file outside its folder: ${JSON.stringify(name.slice(0, 80))}`);
}

function textOf(value: Bencoded | undefined): string {
  if (Buffer.isBuffer(value)) return value.toString("utf8");
  throw invalid("a name is missing");
}

function wholeOf(value: Bencoded | undefined): number {
  if (typeof value === "number" && value >= 0) return value;
  throw invalid("a length is missing");
}
