import { close, open, read } from "node:fs";
import type { Writable } from "node:stream";
import type { ByteRange } from "./byte-range.ts";

/** Large enough that gigabytes take few system calls, small enough for hundreds of downloads at once. */
export const CHUNK_BYTES = 256 * 1024;

export type OpenFile = { fd: number; close(): Promise<void> };

/** Opens a file for `pumpFile`; rejects when it is not there. */
export function openFile(path: string): Promise<OpenFile> {
  return new Promise((resolve, reject) => {
    open(path, "r", (error, fd) => {
      if (error) reject(error);
      else resolve({ fd, close: () => new Promise((closed) => close(fd, () => closed())) });
    });
  });
}

/**
 * Writes part of a file to `target`. Two buffers take turns, one being read while the other is written, so that a
 * gigabyte costs half the time and none of the garbage of a read stream. For sockets and what is done with a chunk when
 * it calls back: a transform keeps it. Rejects when the file is shorter than it should be or the target closes; it ends neither.
 */
export async function pumpFile({ fd }: OpenFile, { start, end }: ByteRange, target: Writable): Promise<void> {
  let [here, there] = [takeBuffer(), takeBuffer()];
  const write = writerOf(target);
  let position = start;
  let reading = readSome(fd, here, { start: position, end });
  try {
    while (position <= end) {
      const chunk = await reading;
      position += chunk.length;
      // Only after the callback the kernel has the bytes and the buffer may be filled again.
      const written = write(chunk);
      [here, there] = [there, here];
      if (position <= end) reading = readSome(fd, here, { start: position, end });
      await written;
    }
    giveBack(here, there);
  } finally {
    // A read that is still under way must not meet a file that took over this number.
    await reading.catch(() => {});
  }
}

const SPARE_MAX = 64;
const spare: Buffer[] = [];

/** Small downloads come by the hundred: their buffers go from one to the next instead of through the garbage collector. */
function takeBuffer(): Buffer {
  return spare.pop() ?? Buffer.allocUnsafeSlow(CHUNK_BYTES);
}

/** Only after a whole download: what the kernel may still read belongs to nobody else. */
function giveBack(...buffers: readonly Buffer[]): void {
  for (const buffer of buffers) if (spare.length < SPARE_MAX) spare.push(buffer);
}

function readSome(fd: number, buffer: Buffer, { start, end }: ByteRange): Promise<Buffer> {
  const length = Math.min(buffer.length, end + 1 - start);
  return new Promise((resolve, reject) => {
    read(fd, buffer, 0, length, start, (error, bytes) => {
      if (error) reject(error);
      else if (bytes === 0) reject(new Error(`Could not read all of a file: it ends at ${start}, not behind ${end}`));
      else resolve(buffer.subarray(0, bytes));
    });
  });
}

/** A response whose client left may never call back: closing gives up whatever is being written. */
function writerOf(target: Writable): (chunk: Buffer) => Promise<void> {
  let giveUp: (why: Error) => void = () => {};
  target.once("close", () => giveUp(new Error("Could not write all of a file: the target closed")));
  return (chunk) =>
    new Promise((resolve, reject) => {
      giveUp = reject;
      target.write(chunk, (error) => (error ? reject(error) : resolve()));
    });
}
