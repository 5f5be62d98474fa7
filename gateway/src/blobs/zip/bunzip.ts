import bunzip from "seek-bzip";
import { Refusal, refuse } from "./refusal.ts";

const CHUNK_BYTES = 64 * 1024;

type Unpack = {
  path: string;
  /** The whole stream; a piece has to stay as it is until the next one is asked for. */
  pieces: Iterator<Uint8Array>;
  /** Hears of the content chunk by chunk; a chunk is overwritten once this returns. May throw to stop. */
  add: (chunk: Buffer) => void;
};

/**
 * Unpacks exactly one bzip2 stream in bounded memory; blocks its thread. Refuses data that is damaged, ends early or has
 * anything behind its end. Whatever `pieces` or `add` throws comes through as it is.
 */
export function unpackBzip2({ path, pieces, add }: Unpack): void {
  const input = byteReader(pieces, path);
  const output = byteWriter(add);
  try {
    bunzip.decode(input, output);
    output.flush();
  } catch (cause) {
    if (cause instanceof Refusal || !isAboutData(cause)) throw cause;
    throw new Refusal("bad_bzip2", `${path}: ${cause.message}`, { cause });
  }
  if (!input.isAtEnd()) refuse("hidden_data", `${path}: bytes behind its bzip2 stream`);
}

/** Damaged data shows as the decoder's own errors, or as a look into a table that it did not build. */
function isAboutData(cause: unknown): cause is Error {
  return (cause instanceof TypeError || cause instanceof RangeError) && !("code" in cause);
}

function byteReader(pieces: Iterator<Uint8Array>, path: string) {
  let piece: Uint8Array = new Uint8Array();
  let at = 0;

  function hasMore(): boolean {
    while (at === piece.length) {
      const next = pieces.next();
      if (next.done === true) return false;
      piece = next.value;
      at = 0;
    }
    return true;
  }

  function readByte(): number {
    if (at === piece.length && !hasMore()) refuse("bad_bzip2", `${path}: its bzip2 stream ends early`);
    at += 1;
    return piece[at - 1] ?? 0;
  }

  return {
    readByte,
    read(buffer: Uint8Array, offset: number, length: number): number {
      for (let i = 0; i < length; i += 1) buffer[offset + i] = readByte();
      return length;
    },
    isAtEnd: () => !hasMore(),
  };
}

function byteWriter(add: (chunk: Buffer) => void) {
  const chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  let filled = 0;

  function flush(): void {
    if (filled > 0) add(chunk.subarray(0, filled));
    filled = 0;
  }

  return {
    flush,
    writeByte(byte: number): void {
      chunk[filled] = byte;
      filled += 1;
      if (filled === CHUNK_BYTES) flush();
    },
  };
}
