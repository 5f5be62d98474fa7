import { open } from "node:fs/promises";

const END_BYTES = 22;
const TAIL_BYTES = 1_024;
const END_SIGNATURE = 0x06054b50;
/** The real numbers stand in a ZIP64 record. */
const ELSEWHERE = 0xffffffff;

/**
 * Whether the file's last bytes are a zip's end record whose directory lies before it: what a cut-off copy or a file of
 * something else is not. One small read; what is inside is checked later.
 */
export async function looksLikeZip(path: string, size: number): Promise<boolean> {
  const tail = Buffer.alloc(Math.min(size, TAIL_BYTES));
  const handle = await open(path, "r");
  try {
    const { bytesRead } = await handle.read(tail, 0, tail.length, size - tail.length);
    return bytesRead === tail.length && endsAsZip(tail, size);
  } finally {
    await handle.close();
  }
}

function endsAsZip(tail: Buffer, size: number): boolean {
  for (let at = tail.length - END_BYTES; at >= 0; at -= 1) {
    const isEnd = tail.readUInt32LE(at) === END_SIGNATURE;
    if (isEnd && tail.readUInt16LE(at + 20) === tail.length - at - END_BYTES) {
      const [bytes, start] = [tail.readUInt32LE(at + 12), tail.readUInt32LE(at + 16)];
      return start === ELSEWHERE || bytes === ELSEWHERE || start + bytes <= size - tail.length + at;
    }
  }
  return false;
}
