import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import type { PartRange, Sha256 } from "@modfleet/protocol";

export type PartContent = { bytes: Uint8Array; sha256: Sha256 };

/** The file ends before the part does: somebody changed it. */
export class FileChanged extends Error {}

/** Buffers for parts, used again: the collector is slow to see 8 MiB behind a small object. */
export type PartBuffers = { take(bytes: number): Buffer; giveBack(part: PartContent): void };

/** Gives back only what nobody sends any more; what is not given back is left to the collector. */
export function createPartBuffers(): PartBuffers {
  const free: Buffer[] = [];
  return {
    take(bytes) {
      const buffer = free.pop();
      return buffer && buffer.length >= bytes ? buffer : Buffer.allocUnsafeSlow(bytes);
    },
    giveBack: ({ bytes }) => void free.push(Buffer.from(bytes.buffer)),
  };
}

/** Reads one part into memory and hashes it, so that what is sent is what was hashed. Throws `FileChanged`. */
export async function readPart(file: FileHandle, range: PartRange, buffers: PartBuffers): Promise<PartContent> {
  const bytes = buffers.take(range.bytes).subarray(0, range.bytes);
  for (let filled = 0; filled < range.bytes; ) {
    const { bytesRead } = await file.read(bytes, filled, range.bytes - filled, range.offset + filled);
    if (bytesRead === 0) throw new FileChanged(`The archive ends at ${range.offset + filled}, inside part ${range.n}`);
    filled += bytesRead;
  }
  return { bytes, sha256: createHash("sha256").update(bytes).digest("hex") };
}
