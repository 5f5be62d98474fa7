import { createHash } from "node:crypto";
import { readSync } from "node:fs";
import { refuse } from "./refusal.ts";

const WINDOW_BYTES = 1024 * 1024;

/** A file read once from front to back, hashed on the way. Views are valid until the next call. */
export interface ByteSource {
  /** Offset of the next byte. */
  position(): number;
  /** The next `bytes`, at most `windowBytes`, in one piece. */
  take(bytes: number): Buffer;
  /** The next `bytes`, piece by piece. */
  pieces(bytes: number): Generator<Buffer>;
  /** Reads whatever is left; the SHA-256 of the whole file. */
  digest(): string;
  windowBytes: number;
}

/** Reads `fd`, which has `size` bytes; runs in a worker thread, so it may block. `onRead` hears of every read. */
export function createByteSource(fd: number, size: number, onRead: (bytes: number) => void): ByteSource {
  const hash = createHash("sha256");
  const window = Buffer.allocUnsafeSlow(WINDOW_BYTES);
  let [start, end, filled] = [0, 0, 0];

  function fill(): void {
    window.copyWithin(0, start, end);
    [start, end] = [0, end - start];
    const read = readSync(fd, window, end, Math.min(WINDOW_BYTES - end, size - filled), filled);
    if (read === 0) refuse("truncated", `The file ends at ${filled}`);
    hash.update(window.subarray(end, end + read));
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
      return hash.digest("hex");
    },
    windowBytes: WINDOW_BYTES,
  };
}
