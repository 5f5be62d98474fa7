import { promisify } from "node:util";
import { constants, deflateRaw as deflateRawCallback, deflateRawSync } from "node:zlib";
import { FREEABLE_BYTES } from "./free.ts";

const deflateRaw = promisify(deflateRawCallback);

const SAMPLES = 4;
const SAMPLE_BYTES = 4 * 1024;
/** A sample that keeps more than this share of its size comes from media or an archive: deflating the rest would be heat. */
const STORE_ABOVE = 0.97;
/** How far back deflate can refer. */
export const REACH_BYTES = 32 * 1024;
/** Room for the worst case, so that the result is one buffer. */
const SLACK_BYTES = 1024;
/** The usual 6 takes 1.4 times as long for one percent of the size; the uplink never notices either. */
const LEVEL = 5;

/**
 * Whether content is not worth deflating, judged by four pieces of it at fixed places. It looks at bytes only, so equal content
 * is always treated equally. Content smaller than the sample is not judged: deflating it shows.
 */
export function isDense(size: number, read: (offset: number, length: number) => Uint8Array): boolean {
  if (size <= SAMPLES * SAMPLE_BYTES) return false;
  const step = (size - SAMPLE_BYTES) / (SAMPLES - 1);
  const pieces = Array.from({ length: SAMPLES }, (_, i) => read(Math.floor(i * step), SAMPLE_BYTES));
  const sample = Buffer.concat(pieces);
  return deflateRawSync(sample, { level: 1 }).length > sample.length * STORE_ABOVE;
}

/** `before` are the last `REACH_BYTES` before the chunk, null at the start of a stream. */
export type DeflateChunk = { bytes: Uint8Array; before: Uint8Array | null; isLast: boolean };

/**
 * Deflates one chunk of a stream in zlib's thread pool; the results of a file's chunks, joined in order, are one deflate stream
 * (the way of pigz: each chunk may refer to the 32 KiB before it and ends on a byte). The same chunks give the same bytes.
 */
export async function deflateChunk({ bytes, before, isLast }: DeflateChunk): Promise<Uint8Array> {
  return await deflateRaw(bytes, {
    level: LEVEL,
    chunkSize: Math.max(FREEABLE_BYTES, bytes.length + SLACK_BYTES),
    finishFlush: isLast ? constants.Z_FINISH : constants.Z_SYNC_FLUSH,
    ...(before && { dictionary: before }),
  });
}
