import { createHash, hash } from "node:crypto";
import { crc32, createInflateRaw, type InflateRaw, inflateRawSync } from "node:zlib";
import { unpackBzip2 } from "./bunzip.ts";
import type { ByteSource } from "./byte-source.ts";
import { BZIP2, type DirectoryEntry, STORED } from "./entry-rules.ts";
import { Refusal, refuse } from "./refusal.ts";

/** Below this an entry is unpacked in one call, which is several times faster than a stream. */
const SMALL_BYTES_MAX = 1024 * 1024;
/** bzip2 takes as long for a byte as the others for so many: whoever waits has to hear of it as often. */
const BZIP2_WORK = 16;
/** Larger ones are a little faster, but their garbage weighs more than all the rest before V8 notices it. */
const CHUNK_BYTES = 32 * 1024;

/**
 * Reads an entry's data at the source's position, unpacks it and checks size and CRC-32; the SHA-256 of the content.
 * Unpacking stops at the declared size: an entry can never cost more than it says. `onUnpacked` hears of progress.
 */
export async function readContent(
  source: ByteSource,
  entry: DirectoryEntry,
  onUnpacked: (bytes: number) => void,
): Promise<string> {
  if (entry.method === BZIP2) {
    const sink = createSink(entry, (bytes) => onUnpacked(bytes * BZIP2_WORK));
    unpackBzip2({ path: entry.path, pieces: source.pieces(entry.compressed), add: sink.add });
    return sink.finish();
  }
  const isSmall = entry.compressed <= Math.min(SMALL_BYTES_MAX, source.windowBytes) && entry.size <= SMALL_BYTES_MAX;
  if (isSmall) {
    const data = source.take(entry.compressed);
    const content = entry.method === STORED ? data : inflateSmall(data, entry);
    requireEqual(entry, content.length, crc32(content));
    onUnpacked(content.length);
    return hash("sha256", content, "hex");
  }
  const sink = createSink(entry, onUnpacked);
  if (entry.method === STORED) for (const piece of source.pieces(entry.compressed)) sink.add(piece);
  else await inflateLarge(source, entry, sink.add);
  return sink.finish();
}

function inflateSmall(data: Buffer, entry: DirectoryEntry): Buffer {
  try {
    // One byte more than needed: zlib takes another round when the last output byte is used.
    const options = { maxOutputLength: Math.max(1, entry.size), chunkSize: Math.max(64, entry.size + 1) };
    const { buffer, engine } = inflateWithInfo(data, options);
    if (engine.bytesWritten !== data.length) refuse("hidden_data", `${entry.path}: bytes behind its deflate stream`);
    return buffer;
  } catch (cause) {
    throw toRefusal(cause, entry);
  }
}

/** Holds because of `info: true` (Node's zlib documentation), which the types of `inflateRawSync` do not know. */
function inflateWithInfo(data: Buffer, options: { maxOutputLength: number; chunkSize: number }) {
  const result: unknown = inflateRawSync(data, { ...options, info: true });
  return result as { buffer: Buffer; engine: { bytesWritten: number } };
}

async function inflateLarge(source: ByteSource, entry: DirectoryEntry, add: (chunk: Buffer) => void): Promise<void> {
  const inflate = createInflateRaw({ chunkSize: CHUNK_BYTES });
  const feeding = feed(inflate, source, entry.compressed);
  // Its failure is also the stream's, which the loop below throws.
  feeding.catch(() => undefined);
  try {
    for await (const chunk of inflate) add(chunk);
    await feeding;
  } catch (cause) {
    throw toRefusal(cause, entry);
  } finally {
    inflate.destroy();
  }
  if (inflate.bytesWritten !== entry.compressed)
    refuse("hidden_data", `${entry.path}: bytes behind its deflate stream`);
}

/** Waits for each piece to be used up, since the next read overwrites it. */
async function feed(inflate: InflateRaw, source: ByteSource, bytes: number): Promise<void> {
  for (const piece of source.pieces(bytes)) {
    await new Promise<void>((resolve, reject) => {
      inflate.write(piece, (error) => (error ? reject(error) : resolve()));
    });
  }
  inflate.end();
}

function toRefusal(cause: unknown, entry: DirectoryEntry): unknown {
  if (cause instanceof Refusal) return cause;
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  if (code === "ERR_BUFFER_TOO_LARGE") return new Refusal("bomb", `${entry.path}: more than ${entry.size} bytes`);
  if (code.startsWith("Z_")) return new Refusal("bad_deflate", `${entry.path}: ${code}`, { cause });
  return cause;
}

/** Sizes, CRC-32 and SHA-256 of content that comes piece by piece. */
function createSink(entry: DirectoryEntry, onUnpacked: (bytes: number) => void) {
  const sha256 = createHash("sha256");
  let bytes = 0;
  let crc = 0;
  return {
    add(piece: Buffer): void {
      bytes += piece.length;
      if (bytes > entry.size) refuse("bomb", `${entry.path}: more than ${entry.size} bytes`);
      crc = crc32(piece, crc);
      sha256.update(piece);
      onUnpacked(piece.length);
    },
    finish(): string {
      requireEqual(entry, bytes, crc);
      return sha256.digest("hex");
    },
  };
}

function requireEqual(entry: DirectoryEntry, bytes: number, crc: number): void {
  if (bytes !== entry.size) refuse("size_lies", `${entry.path}: ${bytes} bytes instead of ${entry.size}`);
  if (crc !== entry.crc) refuse("crc", entry.path);
}
