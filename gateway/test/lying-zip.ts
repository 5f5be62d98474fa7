import { crc32, deflateRawSync } from "node:zlib";

/** What a header says; whatever is not given is the truth. */
export type Claims = {
  name?: string | Buffer;
  flags?: number;
  method?: number;
  time?: number;
  date?: number;
  crc?: number;
  compressed?: number;
  size?: number;
  extra?: Buffer;
};

export type LyingEntry = {
  name: string | Buffer;
  content?: Buffer | string;
  deflate?: boolean;
  /** The bytes in the file instead of the content, stored or deflated. */
  data?: Buffer;
  /** Unix mode in the upper half. */
  attributes?: number;
  madeBy?: number;
  /** What both headers say. */
  claims?: Claims;
  /** What only the local header says. */
  local?: Claims;
  /** Offset of the local header according to the central directory. */
  offset?: number;
  /** Bytes between this entry's data and the next header. */
  behind?: Buffer;
};

export type LyingZip = {
  prefix?: Buffer;
  beforeDirectory?: Buffer;
  beforeEnd?: Buffer;
  comment?: Buffer;
  suffix?: Buffer;
  /** Fields of the end record. */
  end?: { count?: number; countOnDisk?: number; disk?: number; bytes?: number; start?: number };
};

export const MODE = { file: 0o100644, folder: 0o040755, symlink: 0o120777, fifo: 0o010644, device: 0o060644 } as const;

/** A zip that may lie about anything. */
export function lyingZip(entries: readonly LyingEntry[], lies: LyingZip = {}): Buffer {
  const parts: Buffer[] = [lies.prefix ?? Buffer.alloc(0)];
  const central: Buffer[] = [];
  let at = lengthOf(parts);
  for (const entry of entries) {
    const { local, directory, data } = toHeaders(entry, at);
    parts.push(local, data, entry.behind ?? Buffer.alloc(0));
    central.push(directory);
    at = lengthOf(parts);
  }
  parts.push(lies.beforeDirectory ?? Buffer.alloc(0));
  const start = lengthOf(parts);
  parts.push(...central, lies.beforeEnd ?? Buffer.alloc(0));
  const end = { count: entries.length, start, bytes: lengthOf(central) + (lies.beforeEnd?.length ?? 0), ...lies.end };
  parts.push(endRecord(end, lies.comment ?? Buffer.alloc(0)), lies.suffix ?? Buffer.alloc(0));
  return Buffer.concat(parts);
}

/** Extra fields as they stand in headers. */
export function extraField(id: number, data: Buffer = Buffer.alloc(0)): Buffer {
  return Buffer.concat([u16(id), u16(data.length), data]);
}

/** A data descriptor with or without its signature, with sizes of four or eight bytes. */
export function descriptor(
  content: Buffer | string,
  compressed: number,
  { signed = true, long = false }: { signed?: boolean; long?: boolean } = {},
): Buffer {
  const bytes = Buffer.from(content);
  const size = long ? u64 : u32;
  return Buffer.concat([
    signed ? u32(0x08074b50) : Buffer.alloc(0),
    u32(crc32(bytes)),
    size(compressed),
    size(bytes.length),
  ]);
}

function toHeaders(entry: LyingEntry, at: number) {
  const content = Buffer.from(entry.content ?? "");
  const data = entry.data ?? (entry.deflate ? deflateRawSync(content) : content);
  const truth = {
    name: entry.name,
    flags: 0x0800,
    method: entry.deflate ? 8 : 0,
    time: 0,
    date: 0x21,
    crc: crc32(content),
    compressed: data.length,
    size: content.length,
    extra: Buffer.alloc(0),
    ...entry.claims,
  };
  const said = { ...truth, ...entry.local };
  const local = Buffer.concat([u32(0x04034b50), u16(20), figures(said), Buffer.from(said.name), said.extra]);
  const directory = Buffer.concat([
    u32(0x02014b50),
    u16(entry.madeBy ?? (3 << 8) | 63),
    u16(20),
    figures(truth),
    u16(0),
    u16(0),
    u16(0),
    u32(entry.attributes ?? (MODE.file << 16) >>> 0),
    u32(entry.offset ?? at),
    Buffer.from(truth.name),
    truth.extra,
  ]);
  return { local, directory, data };
}

function figures({ flags, method, time, date, crc, compressed, size, name, extra }: Required<Claims>): Buffer {
  return Buffer.concat([
    ...[flags, method, time, date].map(u16),
    ...[crc, compressed, size].map(u32),
    ...[Buffer.from(name).length, extra.length].map(u16),
  ]);
}

type End = { count: number; countOnDisk?: number; disk?: number; bytes: number; start: number };

function endRecord({ count, countOnDisk = count, disk = 0, bytes, start }: End, comment: Buffer): Buffer {
  const counts = [disk, 0, countOnDisk, count].map(u16);
  return Buffer.concat([u32(0x06054b50), ...counts, u32(bytes), u32(start), u16(comment.length), comment]);
}

const lengthOf = (parts: readonly Buffer[]): number => parts.reduce((sum, part) => sum + part.length, 0);

export function u16(value: number): Buffer {
  const buffer = Buffer.alloc(2);
  buffer.writeUInt16LE(value);
  return buffer;
}

export function u32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32LE(value >>> 0);
  return buffer;
}

export function u64(value: number): Buffer {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64LE(BigInt(value));
  return buffer;
}
