import { readSync } from "node:fs";
import { refuse } from "./refusal.ts";

/** Where the central directory lies. `end` is also where the end records begin: nothing hides in between. */
export type DirectorySpan = { start: number; end: number; count: number };

const END_BYTES = 22;
const END64_BYTES = 56;
const LOCATOR_BYTES = 20;
const END_SIGNATURE = 0x06054b50;
const END64_SIGNATURE = 0x06064b50;
const LOCATOR_SIGNATURE = 0x07064b50;

/**
 * Reads the records at the end of the file (APPNOTE 4.3.14–16). They have to be the file's very last bytes, without a
 * comment: with anything behind or between them two readers may find two different central directories.
 */
export function readEndRecords(fd: number, size: number): DirectorySpan {
  if (size < END_BYTES) refuse("not_a_zip", `${size} bytes are too few`);
  const at = size - END_BYTES;
  const end = readAt(fd, at, END_BYTES);
  if (end.readUInt32LE(0) !== END_SIGNATURE) refuseMissingEnd(fd, size);
  if (end.readUInt16LE(20) !== 0) refuse("trailing_data", "The end record announces a comment");
  const short: Fields = {
    disk: end.readUInt16LE(4),
    firstDisk: end.readUInt16LE(6),
    onDisk: end.readUInt16LE(8),
    count: end.readUInt16LE(10),
    bytes: end.readUInt32LE(12),
    start: end.readUInt32LE(16),
  };
  const long = readEnd64(fd, at);
  if (long !== null) requireSame(short, long.fields);
  return toSpan(long?.fields ?? short, long?.at ?? at);
}

type Fields = { disk: number; firstDisk: number; onDisk: number; count: number; bytes: number; start: number };

function toSpan({ disk, firstDisk, onDisk, count, bytes, start }: Fields, recordsAt: number): DirectorySpan {
  if (disk !== 0 || firstDisk !== 0 || onDisk !== count) refuse("split_archive", "The archive has several disks");
  if (start + bytes > recordsAt) refuse("bad_central_directory", "The central directory reaches into the end records");
  if (start + bytes < recordsAt) refuse("hidden_data", "There are bytes behind the central directory");
  return { start, end: recordsAt, count };
}

function readEnd64(fd: number, endAt: number): { at: number; fields: Fields } | null {
  if (endAt < LOCATOR_BYTES + END64_BYTES) return null;
  const locator = readAt(fd, endAt - LOCATOR_BYTES, LOCATOR_BYTES);
  if (locator.readUInt32LE(0) !== LOCATOR_SIGNATURE) return null;
  const at = toNumber(locator.readBigUInt64LE(8));
  if (locator.readUInt32LE(4) !== 0 || locator.readUInt32LE(16) > 1) refuse("split_archive", "Several disks");
  if (at !== endAt - LOCATOR_BYTES - END64_BYTES) refuse("hidden_data", "The ZIP64 end record is not where it belongs");
  const record = readAt(fd, at, END64_BYTES);
  if (record.readUInt32LE(0) !== END64_SIGNATURE || toNumber(record.readBigUInt64LE(4)) !== END64_BYTES - 12) {
    refuse("bad_central_directory", "The ZIP64 end record is malformed");
  }
  const long = (offset: number) => toNumber(record.readBigUInt64LE(offset));
  const disks = { disk: record.readUInt32LE(16), firstDisk: record.readUInt32LE(20) };
  return { at, fields: { ...disks, onDisk: long(24), count: long(32), bytes: long(40), start: long(48) } };
}

/** A short field either says "look at ZIP64" or the same: readers differ in which of the two records they believe. */
function requireSame(short: Fields, long: Fields): void {
  const isSame = (name: keyof Fields, unset: number) => short[name] === unset || short[name] === long[name];
  const same =
    (["disk", "firstDisk", "onDisk", "count"] as const).every((name) => isSame(name, 0xffff)) &&
    (["bytes", "start"] as const).every((name) => isSame(name, 0xffffffff));
  if (!same) refuse("bad_central_directory", "The two end records differ");
}

function refuseMissingEnd(fd: number, size: number): never {
  const first = readAt(fd, 0, 4).readUInt32LE(0);
  const isZip = first === 0x04034b50 || first === END_SIGNATURE;
  const tail = readAt(fd, Math.max(0, size - 66_000), Math.min(size, 66_000));
  if (tail.includes(Buffer.from("PK\x05\x06"))) refuse("trailing_data", "There are bytes behind the end record");
  refuse(isZip ? "truncated" : "not_a_zip", "There is no end record");
}

/** Offsets beyond 2^53 lie outside any file. */
function toNumber(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) refuse("bad_central_directory", `An offset is ${value}`);
  return Number(value);
}

function readAt(fd: number, position: number, bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  const read = readSync(fd, buffer, 0, bytes, position);
  if (read !== bytes) refuse("truncated", `The file ends at ${position + read}`);
  return buffer;
}
