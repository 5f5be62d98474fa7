import { createHash } from "node:crypto";
import { readSync } from "node:fs";
import type { ArchivePieces } from "../../domain/pieces.ts";
import { createPieceHasher } from "./piece-hasher.ts";
import { refuse } from "./refusal.ts";

const WINDOW_BYTES = 1024 * 1024;

/** What a whole file is known by: its SHA-256, and the SHA-1 of each of its pieces. */
export type Digest = { sha256: string; pieces: ArchivePieces };

/** A file read once from front to back, hashed on the way. Views are valid until the next call. */
export interface ByteSource {
  /** Offset of the next byte. */
  position(): number;
  /** The next `bytes`, at most `windowBytes`, in one piece. */
  take(bytes: number): Buffer;
  /** The next `bytes`, piece by piece. */
  pieces(bytes: number): Generator<Buffer>;
  /** Reads whatever is left, and hashes the whole file. */
  digest(): Digest;
  windowBytes: number;
}

/** Reads `fd`, which has `size` bytes; runs in a worker thread, so it may block. `onRead` hears of every read. */
export function createByteSource(fd: number, size: number, onRead: (bytes: number) => void): ByteSource {
  const hash = createHash("sha256");
  const pieceHasher = createPieceHasher(size);
  const window = Buffer.allocUnsafeSlow(WINDOW_BYTES);
  let [start, end, filled] = [0, 0, 0];

  function fill(): void {
    window.copyWithin(0, start, end);
    [start, end] = [0, end - start];
    const read = readSync(fd, window, end, Math.min(WINDOW_BYTES - end, size - filled), filled);
    if (read === 0) refuse("truncated", `The file ends at ${filled}`);
    const fresh = window.subarray(end, end + read);
    hash.update(fresh);
    pieceHasher.add(fresh);
    end += read;
    filled += read;
    onRead(read);
  }

  function take(bytes: number): Buffer {
    while (end - start < bytes) fill();
    start += bytes;
    return window.subarray(start - bytes, start);
  }

  function* pieces(bytes: number): Generator<Buffer> {
    for (let left = bytes; left > 0; ) {
      if (end === start) fill();
      const piece = take(Math.min(left, end - start));
      left -= piece.length;
      yield piece;
    }
  }

  return {
    position: () => filled - (end - start),
    take,
    pieces,
    digest() {
      start = end;
      while (filled < size) {
        fill();
        start = end;
      }
      return { sha256: hash.digest("hex"), pieces: pieceHasher.finish() };
    },
    windowBytes: WINDOW_BYTES,
  };
}
