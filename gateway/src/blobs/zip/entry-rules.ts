import { foldedPath, type PathFault, pathFault } from "@modfleet/protocol";
import type { Entry } from "yauzl";
import type { ArchiveFault } from "../verify-archive.ts";
import { refuse } from "./refusal.ts";

/** What the central directory says about one entry, once it is known to be acceptable. */
export type DirectoryEntry = {
  /** Without the slash that marks a folder. */
  path: string;
  isFolder: boolean;
  flags: number;
  method: number;
  time: number;
  date: number;
  crc: number;
  compressed: number;
  size: number;
  /** Of the local header in the file. */
  offset: number;
  nameBytes: number;
};

export const FLAG_DESCRIPTOR = 0x0008;
const FLAG_UTF8 = 0x0800;
/** Encrypted, strongly encrypted, and hidden local headers. */
const FLAGS_ENCRYPTED = 0x0001 | 0x0040 | 0x2000;
const FLAG_PATCH = 0x0020;

export const STORED = 0;
export const DEFLATED = 8;
export const BZIP2 = 12;

/** What entries may be like: as agents send them, or as PyTorrent left them. */
export type EntryRules = {
  methods: readonly number[];
  pathFault: (path: string) => PathFault | null;
  /** Paths with equal keys are one place. */
  placeKey: (path: string) => string;
  mayBeEmpty: boolean;
};

export const SENT: EntryRules = { methods: [STORED, DEFLATED], pathFault, placeKey: foldedPath, mayBeEmpty: false };

/**
 * What was a name on PyTorrent's disk stays one, though Windows may not like it or takes two for the same. What no disk
 * has is refused, and NUL, which the tree hash puts between its fields.
 */
export const TAKEN_OVER: EntryRules = {
  methods: [STORED, DEFLATED, BZIP2],
  pathFault(path) {
    if (path.includes("\0")) return "control_character";
    if (path.startsWith("/")) return "absolute";
    const steps = path.split("/");
    if (steps.includes("")) return "empty";
    return steps.includes(".") || steps.includes("..") ? "dot_segment" : null;
  },
  placeKey: (path) => path,
  mayBeEmpty: true,
};

/** Extra fields that give some readers another name, content or kind of file than others see. */
const EXTRA_FAULTS: Readonly<Record<number, ArchiveFault>> = {
  23: "encrypted",
  39169: "encrypted",
  28789: "alternate_name",
  13: "symlink",
  30062: "symlink",
};

/** Checks one record of the central directory (PROTOCOL section 9) and keeps what the pass over the data needs. */
export function checkEntry(entry: Entry, rules: EntryRules): DirectoryEntry {
  const { generalPurposeBitFlag: flags, compressionMethod: method, uncompressedSize: size } = entry;
  const name = decodeName(entry.fileNameRaw, flags);
  const isFolder = name.endsWith("/");
  const path = isFolder ? name.slice(0, -1) : name;
  const fault = rules.pathFault(path);
  if (fault !== null) refuse(PATH_FAULTS[fault], name);
  if ((flags & FLAGS_ENCRYPTED) !== 0) refuse("encrypted", name);
  if (!rules.methods.includes(method)) refuse("method", `${name}: method ${method}`);
  if ((flags & FLAG_PATCH) !== 0) refuse("method", `${name}: patch data`);
  if (method === STORED && size !== entry.compressedSize) refuse("size_lies", name);
  checkExtras(
    entry.extraFields.map(({ id }) => id),
    name,
  );
  checkKind(entry, name, isFolder);
  return {
    ...{ path, isFolder, flags, method, size },
    time: entry.lastModFileTime,
    date: entry.lastModFileDate,
    crc: entry.crc32,
    compressed: entry.compressedSize,
    offset: entry.relativeOffsetOfLocalHeader,
    nameBytes: entry.fileNameLength,
  };
}

/** Also for the extra fields of local headers. */
export function checkExtras(ids: readonly number[], name: string): void {
  for (const id of ids) {
    const fault = EXTRA_FAULTS[id];
    if (fault !== undefined) refuse(fault, `${name}: extra field 0x${id.toString(16)}`);
  }
  const zip64 = ids.filter((id) => id === 0x0001).length;
  if (zip64 > 1) refuse("bad_central_directory", `${name}: several ZIP64 fields`);
}

const S_IFMT = 0xf000;
const S_IFDIR = 0x4000;
const S_IFREG = 0x8000;
const S_IFLNK = 0xa000;
const DOS_FOLDER = 0x10;

/**
 * Only plain files, and folders as marks without content. The Unix mode is looked at whatever system the archive claims
 * to come from, as some unpackers do.
 */
function checkKind({ externalFileAttributes, uncompressedSize }: Entry, name: string, isFolder: boolean): void {
  const type = (externalFileAttributes >>> 16) & S_IFMT;
  if (type === S_IFLNK) refuse("symlink", name);
  if (type !== 0 && type !== S_IFREG && type !== S_IFDIR) refuse("device", name);
  const isCalledFolder = type === S_IFDIR || (type === 0 && (externalFileAttributes & DOS_FOLDER) !== 0);
  if (isCalledFolder && !isFolder) refuse("bad_name", `${name}: a folder without a slash`);
  if (isFolder && (uncompressedSize !== 0 || type === S_IFREG)) refuse("folder_with_content", name);
}

/** Names are UTF-8 by flag, or plain ASCII, which is the same in every code page that readers may guess. */
function decodeName(raw: Uint8Array, flags: number): string {
  if ((flags & FLAG_UTF8) === 0 && raw.some((byte) => byte > 0x7f)) {
    refuse("bad_name", `${Buffer.from(raw).toString("latin1")}: not marked as UTF-8`);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(raw);
  } catch {
    return refuse("bad_name", `${Buffer.from(raw).toString("latin1")}: not UTF-8`);
  }
}

const PATH_FAULTS = {
  empty: "bad_name",
  too_long: "bad_name",
  ends_in_dot_or_space: "bad_name",
  not_unicode: "bad_name",
  absolute: "absolute",
  drive_letter: "drive_letter",
  backslash: "backslash",
  dot_segment: "traversal",
  control_character: "control_character",
  reserved_name: "reserved_name",
} as const satisfies Record<PathFault, ArchiveFault>;
