import { createHash, hash } from "node:crypto";
import { crc32 } from "node:zlib";
import type { Sha256 } from "@modfleet/protocol";
import { deflateChunk, isDense, REACH_BYTES } from "./deflate.ts";
import { free } from "./free.ts";
import type { Pending } from "./in-order.ts";
import { PackFailure } from "./pack-failure.ts";
import { type Content, openContent } from "./read-content.ts";
import type { FoundFile } from "./walk.ts";
import { DEFLATED, STORED } from "./zip-records.ts";
import type { NewEntry } from "./zip-writer.ts";

/** One step of writing an archive. A small file is one piece, a large one begins with its first and ends with its last. */
export type Piece = {
  begin: NewEntry | null;
  packed: Uint8Array;
  /** Content bytes that this piece stands for. */
  raw: number;
  end: { path: string; size: number; crc: number; sha256: Sha256 } | null;
};

/** The unit of reading and of deflating; a constant, because archives of equal content must be equal. */
export const CHUNK_BYTES = 1024 * 1024;
/** What zlib holds for one chunk besides its bytes. */
const DEFLATER_BYTES = 300 * 1024;

/** Reads the files in order and deflates them in zlib's thread pool. Throws `PackFailure` when one is no longer what was listed. */
export function* pieces(files: readonly FoundFile[]): Generator<Pending<Piece>, void, void> {
  for (const file of files) {
    const content = openContent(file);
    try {
      if (file.size <= CHUNK_BYTES) yield wholeFile(file, content);
      else if (isDense(file.size, content.read)) yield* storedFile(file, content);
      else yield* deflatedFile(file, content);
    } finally {
      content.close();
    }
  }
}

function wholeFile(file: FoundFile, content: Content): Pending<Piece> {
  const bytes = content.read(0, file.size);
  content.verify();
  const end = { path: file.path, size: file.size, crc: crc32(bytes), sha256: hash("sha256", bytes) };
  const toPiece = (packed: Uint8Array): Piece => {
    const isSmaller = packed.length < bytes.length;
    const [body, other] = isSmaller ? [packed, bytes] : [bytes, packed];
    if (other !== body) free(other);
    const known = { crc: end.crc, packed: body.length };
    const begin: NewEntry = { ...headOf(file), method: isSmaller ? DEFLATED : STORED, known };
    return { begin, packed: body, raw: file.size, end };
  };
  const dense =
    bytes.length === 0 || isDense(bytes.length, (offset, length) => bytes.subarray(offset, offset + length));
  if (dense) return { weight: bytes.length, value: Promise.resolve(toPiece(bytes)) };
  const value = deflateChunk({ bytes, before: null, isLast: true }).then(toPiece);
  return { weight: DEFLATER_BYTES + 2 * bytes.length, value };
}

/** Read twice: a stored entry whose sizes and checksum follow its data cannot be read by programs that unpack while they receive. */
function* storedFile(file: FoundFile, content: Content): Generator<Pending<Piece>, void, void> {
  const first = createSummary(file);
  for (const chunk of chunks(file, content)) {
    first.add(chunk.bytes);
    free(chunk.bytes);
  }
  const expected = first.end();
  const second = createSummary(file);
  for (const chunk of chunks(file, content)) {
    second.add(chunk.bytes);
    const known = { crc: expected.crc, packed: file.size };
    const begin: NewEntry | null = chunk.isFirst ? { ...headOf(file), method: STORED, known } : null;
    const end = chunk.isLast ? second.end() : null;
    if (end && end.sha256 !== expected.sha256) {
      throw new PackFailure("source_changed", `${JSON.stringify(file.path)} changed while it was packed`);
    }
    const piece = { begin, packed: chunk.bytes, raw: chunk.bytes.length, end };
    yield { weight: piece.raw, value: Promise.resolve(piece) };
  }
}

function* deflatedFile(file: FoundFile, content: Content): Generator<Pending<Piece>, void, void> {
  const summary = createSummary(file);
  let before: Uint8Array | null = null;
  for (const { bytes, isFirst, isLast } of chunks(file, content)) {
    summary.add(bytes);
    const begin: NewEntry | null = isFirst ? { ...headOf(file), method: DEFLATED, known: null } : null;
    const end = isLast ? summary.end() : null;
    const value = toPiece(deflateChunk({ bytes, before, isLast }), { begin, end, bytes, before });
    before = Buffer.from(bytes.subarray(-REACH_BYTES));
    yield { weight: DEFLATER_BYTES + 2 * bytes.length, value };
  }
}

type Spent = { bytes: Uint8Array; before: Uint8Array | null };

async function toPiece(
  deflated: Promise<Uint8Array>,
  { begin, end, bytes, before }: Pick<Piece, "begin" | "end"> & Spent,
): Promise<Piece> {
  const raw = bytes.length;
  const packed = await deflated;
  free(bytes);
  if (before) free(before);
  return { begin, packed, raw, end };
}

type Chunk = { bytes: Buffer; isFirst: boolean; isLast: boolean };

/** The file from front to back; it is verified before the last chunk is handed out. */
function* chunks(file: FoundFile, content: Content): Generator<Chunk, void, void> {
  for (let offset = 0; offset < file.size; offset += CHUNK_BYTES) {
    const bytes = content.read(offset, Math.min(CHUNK_BYTES, file.size - offset));
    const isLast = offset + bytes.length === file.size;
    if (isLast) content.verify();
    yield { bytes, isFirst: offset === 0, isLast };
  }
}

const headOf = ({ path, executable, size }: FoundFile) => ({ path, executable, size });

function createSummary({ path, size }: FoundFile) {
  const sha256 = createHash("sha256");
  let crc = 0;
  return {
    add(bytes: Uint8Array): void {
      crc = crc32(bytes, crc);
      sha256.update(bytes);
    },
    end: () => ({ path, size, crc, sha256: sha256.digest("hex") }),
  };
}
