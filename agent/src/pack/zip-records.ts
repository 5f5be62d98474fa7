/** The records of APPNOTE 6.3.10 that an archive of ours needs. All numbers are little-endian. */

export const STORED = 0;
export const DEFLATED = 8;
export type Method = typeof STORED | typeof DEFLATED;

/** What is known of an entry before its data. `known` is null when data is compressed as it is written. */
export type EntryHead = {
  name: Buffer;
  method: Method;
  executable: boolean;
  size: number;
  known: { crc: number; packed: number } | null;
};

export type EntryTail = { crc: number; packed: number; offset: number };

const MAX_32 = 0xffff_ffff;
const MAX_16 = 0xffff;
const VERSION_PLAIN = 20;
const VERSION_ZIP64 = 45;
/** Unix made it, so that readers look at the executable bit; the format's version 6.3. */
const MADE_BY = (3 << 8) | 63;
const NAMES_ARE_UTF8 = 1 << 11;
const SIZES_FOLLOW = 1 << 3;
/** Every entry is from 1980-01-01 00:00, the oldest time the format has: same content, same bytes. */
const DOS_TIME = 0;
const DOS_DATE = (1 << 5) | 1;
/** Deflate can grow what does not shrink by a little; below this it cannot reach 4 GiB. */
const STREAM_ZIP64_ABOVE = 0xf000_0000;

const needsZip64 = ({ size, known }: EntryHead): boolean =>
  known ? size >= MAX_32 || known.packed >= MAX_32 : size > STREAM_ZIP64_ABOVE;

const flagsOf = ({ known }: EntryHead): number => (known ? NAMES_ARE_UTF8 : NAMES_ARE_UTF8 | SIZES_FOLLOW);

/** 4.3.7. With unknown sizes in ZIP64 the extra field is there and empty of meaning: it says how wide the descriptor is (4.3.9.2). */
export function localHeader(head: EntryHead): Buffer {
  const zip64 = needsZip64(head);
  const sizes = head.known ? [head.size, head.known.packed] : [0, 0];
  const extra = zip64 ? zip64Extra(sizes) : Buffer.alloc(0);
  const fixed = Buffer.alloc(30);
  fixed.writeUInt32LE(0x04034b50, 0);
  fixed.writeUInt16LE(zip64 ? VERSION_ZIP64 : VERSION_PLAIN, 4);
  writeCommon(fixed.subarray(6), head, {
    crc: head.known?.crc ?? 0,
    packed: zip64 ? MAX_32 : (head.known?.packed ?? 0),
  });
  fixed.writeUInt32LE(zip64 ? MAX_32 : head.known ? head.size : 0, 22);
  fixed.writeUInt16LE(extra.length, 28);
  return Buffer.concat([fixed, head.name, extra]);
}

/** 4.3.9, only after entries whose sizes were unknown. */
export function dataDescriptor(head: EntryHead, tail: EntryTail): Buffer {
  if (head.known) return Buffer.alloc(0);
  const wide = needsZip64(head);
  const record = Buffer.alloc(wide ? 24 : 16);
  record.writeUInt32LE(0x08074b50, 0);
  record.writeUInt32LE(tail.crc, 4);
  if (wide) {
    record.writeBigUInt64LE(BigInt(tail.packed), 8);
    record.writeBigUInt64LE(BigInt(head.size), 16);
  } else {
    record.writeUInt32LE(tail.packed, 8);
    record.writeUInt32LE(head.size, 12);
  }
  return record;
}

/** 4.3.12. Only the numbers that do not fit move to the extra field (4.5.3), except that both sizes go together. */
export function centralRecord(head: EntryHead, tail: EntryTail): Buffer {
  const wide = needsZip64(head);
  const far = tail.offset >= MAX_32;
  const extra =
    wide || far
      ? zip64Extra([...(wide ? [head.size, tail.packed] : []), ...(far ? [tail.offset] : [])])
      : Buffer.alloc(0);
  const fixed = Buffer.alloc(46);
  fixed.writeUInt32LE(0x02014b50, 0);
  fixed.writeUInt16LE(MADE_BY, 4);
  fixed.writeUInt16LE(wide || far ? VERSION_ZIP64 : VERSION_PLAIN, 6);
  writeCommon(fixed.subarray(8), head, { crc: tail.crc, packed: wide ? MAX_32 : tail.packed });
  fixed.writeUInt32LE(wide ? MAX_32 : head.size, 24);
  fixed.writeUInt16LE(extra.length, 30);
  fixed.writeUInt16LE(head.executable ? 0o100755 : 0o100644, 40);
  fixed.writeUInt32LE(far ? MAX_32 : tail.offset, 42);
  return Buffer.concat([fixed, head.name, extra]);
}

/** 4.3.14 to 4.3.16: where the central directory lies; the ZIP64 records come first when a number does not fit. */
export function endRecords(entries: number, directory: { offset: number; bytes: number }): Buffer {
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Math.min(entries, MAX_16), 8);
  end.writeUInt16LE(Math.min(entries, MAX_16), 10);
  end.writeUInt32LE(Math.min(directory.bytes, MAX_32), 12);
  end.writeUInt32LE(Math.min(directory.offset, MAX_32), 16);
  const fits = entries < MAX_16 && directory.bytes < MAX_32 && directory.offset < MAX_32;
  return fits ? end : Buffer.concat([zip64EndRecord(entries, directory), zip64Locator(directory), end]);
}

function zip64EndRecord(entries: number, directory: { offset: number; bytes: number }): Buffer {
  const record = Buffer.alloc(56);
  record.writeUInt32LE(0x06064b50, 0);
  record.writeBigUInt64LE(44n, 4);
  record.writeUInt16LE(MADE_BY, 12);
  record.writeUInt16LE(VERSION_ZIP64, 14);
  record.writeBigUInt64LE(BigInt(entries), 24);
  record.writeBigUInt64LE(BigInt(entries), 32);
  record.writeBigUInt64LE(BigInt(directory.bytes), 40);
  record.writeBigUInt64LE(BigInt(directory.offset), 48);
  return record;
}

function zip64Locator(directory: { offset: number; bytes: number }): Buffer {
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(BigInt(directory.offset + directory.bytes), 8);
  locator.writeUInt32LE(1, 16);
  return locator;
}

/** The fields that local and central records have in the same order, from the flags to the name's length. */
function writeCommon(at: Buffer, head: EntryHead, { crc, packed }: { crc: number; packed: number }): void {
  at.writeUInt16LE(flagsOf(head), 0);
  at.writeUInt16LE(head.method, 2);
  at.writeUInt16LE(DOS_TIME, 4);
  at.writeUInt16LE(DOS_DATE, 6);
  at.writeUInt32LE(crc, 8);
  at.writeUInt32LE(packed, 12);
  at.writeUInt16LE(head.name.length, 20);
}

function zip64Extra(values: readonly number[]): Buffer {
  const extra = Buffer.alloc(4 + 8 * values.length);
  extra.writeUInt16LE(0x0001, 0);
  extra.writeUInt16LE(8 * values.length, 2);
  values.forEach((value, i) => {
    extra.writeBigUInt64LE(BigInt(value), 4 + 8 * i);
  });
  return extra;
}
