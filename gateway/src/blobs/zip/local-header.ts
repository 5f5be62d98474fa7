import type { ByteSource } from "./byte-source.ts";
import { checkExtras, type DirectoryEntry, FLAG_DESCRIPTOR } from "./entry-rules.ts";
import { refuse } from "./refusal.ts";

const HEADER_BYTES = 30;
const SIGNATURE = 0x04034b50;
const DESCRIPTOR_SIGNATURE = 0x08074b50;
const IN_ZIP64 = 0xffffffff;

/** Reads the local header at the source's position and refuses any difference from the central directory. */
export function checkLocalHeader(source: ByteSource, entry: DirectoryEntry): void {
  const fixed = source.take(HEADER_BYTES);
  if (fixed.readUInt32LE(0) !== SIGNATURE) refuse("local_header_differs", `${entry.path}: no local header`);
  const [flags, method, time, date] = [6, 8, 10, 12].map((offset) => fixed.readUInt16LE(offset));
  const [crc = 0, compressed = 0, size = 0] = [14, 18, 22].map((offset) => fixed.readUInt32LE(offset));
  const [nameBytes = 0, extraBytes = 0] = [26, 28].map((offset) => fixed.readUInt16LE(offset));
  const isSame = flags === entry.flags && method === entry.method && time === entry.time && date === entry.date;
  if (!isSame) refuse("local_header_differs", `${entry.path}: flags, method or time`);
  const name = source.take(nameBytes).toString("utf8");
  if (name !== (entry.isFolder ? `${entry.path}/` : entry.path)) {
    refuse("local_header_differs", `${entry.path}: called ${name}`);
  }
  const sizes = withZip64(source.take(extraBytes), { compressed, size }, entry.path);
  checkSizes(entry, { crc, ...sizes });
}

type Sizes = { compressed: number; size: number };

/** With a descriptor behind the data, the header's own figures may be zero; otherwise they have to be true. */
function checkSizes(entry: DirectoryEntry, local: Sizes & { crc: number }): void {
  const mayBeZero = (entry.flags & FLAG_DESCRIPTOR) !== 0;
  for (const field of ["crc", "compressed", "size"] as const) {
    if (local[field] === entry[field] || (mayBeZero && local[field] === 0)) continue;
    refuse("local_header_differs", `${entry.path}: ${field} ${local[field]} instead of ${entry[field]}`);
  }
}

function withZip64(extra: Buffer, short: Sizes, path: string): Sizes {
  const fields = parseExtra(extra, path);
  checkExtras(
    fields.map(({ id }) => id),
    path,
  );
  const zip64 = fields.find(({ id }) => id === 0x0001)?.data;
  if (short.size !== IN_ZIP64 && short.compressed !== IN_ZIP64) return short;
  if (zip64 === undefined || zip64.length < 16) refuse("local_header_differs", `${path}: no ZIP64 sizes`);
  return {
    size: short.size === IN_ZIP64 ? Number(zip64.readBigUInt64LE(0)) : short.size,
    compressed: short.compressed === IN_ZIP64 ? Number(zip64.readBigUInt64LE(8)) : short.compressed,
  };
}

function parseExtra(extra: Buffer, path: string): { id: number; data: Buffer }[] {
  const fields: { id: number; data: Buffer }[] = [];
  for (let at = 0; at < extra.length; ) {
    if (at + 4 > extra.length) refuse("local_header_differs", `${path}: malformed extra field`);
    const length = extra.readUInt16LE(at + 2);
    if (at + 4 + length > extra.length) refuse("local_header_differs", `${path}: malformed extra field`);
    fields.push({ id: extra.readUInt16LE(at), data: extra.subarray(at + 4, at + 4 + length) });
    at += 4 + length;
  }
  return fields;
}

/**
 * Reads what stands between an entry's data and `next`: a true descriptor where the flags announce one, nothing else.
 * APPNOTE 4.3.9: its signature is optional, and its sizes have eight bytes in ZIP64.
 */
export function checkDescriptor(source: ByteSource, entry: DirectoryEntry, next: number): void {
  const bytes = next - source.position();
  if (bytes < 0) refuse("overlap", entry.path);
  if ((entry.flags & FLAG_DESCRIPTOR) === 0) {
    if (bytes > 0) refuse("hidden_data", `${bytes} bytes behind ${entry.path}`);
    return;
  }
  if (![12, 16, 20, 24].includes(bytes)) refuse("hidden_data", `${bytes} bytes behind ${entry.path}`);
  const all = source.take(bytes);
  const isSigned = bytes === 16 || bytes === 24;
  const fields = isSigned ? all.subarray(4) : all;
  const isLong = fields.length === 20;
  const compressed = isLong ? Number(fields.readBigUInt64LE(4)) : fields.readUInt32LE(4);
  const size = isLong ? Number(fields.readBigUInt64LE(12)) : fields.readUInt32LE(8);
  const isTrue =
    (!isSigned || all.readUInt32LE(0) === DESCRIPTOR_SIGNATURE) &&
    fields.readUInt32LE(0) === entry.crc &&
    compressed === entry.compressed &&
    size === entry.size;
  if (!isTrue) refuse("descriptor_differs", entry.path);
}
