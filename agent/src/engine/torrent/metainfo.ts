import { createHash } from "node:crypto";
import { type Bencoded, BencodeError, readBencode } from "./bencode.ts";
import { RefusedTorrentError, TorrentError } from "./client.ts";
import { checkPaths, joinedPath } from "./metainfo-paths.ts";

/** `path` has the torrent's own folder in front; `offset` is the file's place in the pieces. Padding (BEP 47) is zeros that nobody keeps. */
export type MetainfoFile = { path: string; length: number; offset: number; isPadding: boolean };

/** A torrent of version 1 (BEP 3) whose paths and sizes have been checked. */
export type Metainfo = {
  /** 40 lower-case hexadecimal digits. */
  infoHash: string;
  name: string;
  isFolder: boolean;
  files: MetainfoFile[];
  length: number;
  pieceLength: number;
  /** The SHA-1 of each piece, one after the other, 20 bytes each. */
  pieces: Buffer;
  /** Addresses as they stand there, each once. */
  trackers: string[];
  webSeeds: string[];
  isPrivate: boolean;
  /** The bytes of the info dictionary, which the hash is made of and peers hand each other (BEP 9). */
  rawInfo: Buffer;
};

/** Hashes of 800,000 pieces: 3 TB at the usual 4 MiB. What peers hand each other by BEP 9 ends at 10 MB. */
export const METAINFO_BYTES_MAX = 16 * 1024 ** 2;
const FILES_MAX = 100_000;
/** A piece is held in memory as a whole until it is verified. */
const PIECE_BYTES_MAX = 64 * 1024 ** 2;
const HASH_BYTES = 20;
const ADDRESSES_MAX = 256;
const ADDRESS_BYTES_MAX = 2_048;

type Dictionary = Map<string, Bencoded>;

/** Reads a torrent file. Throws `TorrentError` "invalid" for everything that is broken, too large or unsafe to put on a disk. */
export function parseMetainfo(bytes: Uint8Array): Metainfo {
  if (bytes.length > METAINFO_BYTES_MAX) throw invalid(`it is larger than ${METAINFO_BYTES_MAX} bytes`);
  const { info, rawInfo, whole } = infoOf(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
  const pieces = piecesOf(info);
  const name = nameOf(info);
  const files = filesOf(info, name);
  const fault = checkPaths(files);
  if (fault !== null) throw invalid(fault, "unsafe");
  const last = files.at(-1);
  const length = last === undefined ? 0 : last.offset + last.length;
  const pieceLength = wholeOf(info.get("piece length"));
  if (pieceLength > PIECE_BYTES_MAX) throw invalid(`its pieces are larger than ${PIECE_BYTES_MAX} bytes`);
  if (pieceLength === 0 || pieces.length !== Math.ceil(length / pieceLength) * HASH_BYTES) {
    throw invalid("its pieces do not fit its length");
  }
  if (length === 0) throw invalid("it has no content", "empty");
  return {
    infoHash: createHash("sha1").update(rawInfo).digest("hex"),
    ...{ name, isFolder: info.has("files"), files, length, pieceLength, pieces },
    trackers: trackersOf(whole),
    webSeeds: addressesIn(whole.get("url-list")),
    isPrivate: info.get("private") === 1,
    rawInfo,
  };
}

/** The info dictionary alone, as peers send it (BEP 9), made a torrent file. */
export function metainfoOfInfo(info: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from("d4:info"), info, Buffer.from("e")]);
}

function infoOf(content: Buffer): { info: Dictionary; rawInfo: Buffer; whole: Dictionary } {
  const { value, spans } = readChecked(content);
  const rawInfo = spans.get("info");
  const info = value instanceof Map ? value.get("info") : undefined;
  if (!(value instanceof Map) || !(info instanceof Map) || rawInfo === undefined) throw invalid("it has no info");
  return { info, rawInfo, whole: value };
}

const invalid = (why: string, fault: "broken" | "unsafe" | "empty" = "broken"): TorrentError =>
  new RefusedTorrentError(fault, `This is no torrent file: ${why}`);

function readChecked(content: Buffer): ReturnType<typeof readBencode> {
  try {
    return readBencode(content);
  } catch (error) {
    if (!(error instanceof BencodeError)) throw error;
    throw new TorrentError("invalid", `This is no torrent file: ${error.message}`, error);
  }
}

function piecesOf(info: Dictionary): Buffer {
  const pieces = info.get("pieces");
  if (Buffer.isBuffer(pieces)) return pieces;
  if (info.get("meta version") === 2) throw invalid("it is of version 2 only, and peers here speak version 1");
  throw invalid("it has no pieces of version 1");
}

function nameOf(info: Dictionary): string {
  return textOf(info.get("name.utf-8") ?? info.get("name"));
}

function filesOf(info: Dictionary, name: string): MetainfoFile[] {
  const list = info.get("files");
  if (list === undefined) {
    refuseLink(info);
    return [{ path: pathOf([name]), length: wholeOf(info.get("length")), offset: 0, isPadding: false }];
  }
  if (!Array.isArray(list)) throw invalid("its files are no list");
  if (list.length > FILES_MAX) throw invalid(`it has more than ${FILES_MAX} files`);
  let offset = 0;
  return list.map((entry) => {
    if (!(entry instanceof Map)) throw invalid("a file is no dictionary");
    refuseLink(entry);
    const length = wholeOf(entry.get("length"));
    const isPadding = attributesOf(entry).includes("p");
    // Makers of torrents give all padding of one length one name; it never becomes a file.
    const path = isPadding ? pathOf([name, ".pad", `${offset}`]) : pathOf([name, ...namesOf(entry)]);
    const file = { path, length, offset, isPadding };
    offset += length;
    if (!Number.isSafeInteger(offset)) throw invalid("its length is no number");
    return file;
  });
}

const attributesOf = (entry: Dictionary): string => {
  const attributes = entry.get("attr");
  return Buffer.isBuffer(attributes) ? attributes.toString("latin1") : "";
};

function refuseLink(entry: Dictionary): void {
  if (attributesOf(entry).includes("l") || entry.has("symlink path")) throw invalid("it has a symbolic link", "unsafe");
}

function namesOf(entry: Dictionary): string[] {
  const parts = entry.get("path.utf-8") ?? entry.get("path");
  if (!Array.isArray(parts) || parts.length === 0) throw invalid("a file has no path");
  return parts.map(textOf);
}

function pathOf(names: readonly string[]): string {
  const joined = joinedPath(names);
  if (joined.kind === "path") return joined.path;
  throw invalid(`it names a file outside its folder, or one that not every disk can have: ${joined.fault}`, "unsafe");
}

function trackersOf(whole: Dictionary): string[] {
  const tiers = whole.get("announce-list");
  const listed = Array.isArray(tiers) ? tiers.flatMap((tier) => (Array.isArray(tier) ? tier : [])) : [];
  return addressesIn(listed.length > 0 ? listed : whole.get("announce"));
}

/** The texts of one value or a list, each once; what is no text is left out. */
function addressesIn(value: Bencoded | undefined): string[] {
  const all = Array.isArray(value) ? value : [value];
  const texts = all.filter((one) => Buffer.isBuffer(one)).filter(({ length }) => length <= ADDRESS_BYTES_MAX);
  return [...new Set(texts.map((text) => text.toString("utf8")))].filter(Boolean).slice(0, ADDRESSES_MAX);
}

function textOf(value: Bencoded | undefined): string {
  if (Buffer.isBuffer(value)) return value.toString("utf8");
  throw invalid("a name is missing");
}

function wholeOf(value: Bencoded | undefined): number {
  if (typeof value === "number" && value >= 0) return value;
  throw invalid("a length is missing");
}
