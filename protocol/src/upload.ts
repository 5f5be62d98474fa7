import { z } from "zod";
import { ByteCount, Sha256, UploadId } from "./ids.ts";
import { LIMITS } from "./limits.ts";

/** Body of `POST /agent/v1/uploads`, under the offer's token as bearer. */
export const OpenUpload = z.object({
  bytes: ByteCount.min(1).max(LIMITS.archiveBytesMax),
  sha256: Sha256,
});
export type OpenUpload = z.infer<typeof OpenUpload>;

export const UploadPart = z.object({
  /** From 1. */
  n: z.int().min(1),
  /** Absolute, or relative to the gateway's origin. */
  url: z.string().min(1),
  done: z.boolean(),
});
export type UploadPart = z.infer<typeof UploadPart>;

/** Answer to `POST /agent/v1/uploads` and `GET /agent/v1/uploads/{upload}`: what is still missing. */
export const UploadPlan = z.object({
  upload: UploadId,
  /** The content is stored already, or every part was closed by `complete`: nothing is left to send. */
  complete: z.boolean(),
  partBytes: z.int().min(1),
  parts: z.array(UploadPart),
});
export type UploadPlan = z.infer<typeof UploadPlan>;

/** Header of `PUT` of one part: the SHA-256 of the part's bytes in hexadecimal. */
export const PART_HASH_HEADER = "x-part-sha256";

export type PartRange = { n: number; offset: number; bytes: number };

/** How many parts `bytes` make. */
export function partCount(bytes: number, partBytes: number): number {
  return Math.ceil(bytes / partBytes);
}

/** Where part `n` (from 1) lies; null when there is no such part. */
export function partRange(n: number, bytes: number, partBytes: number): PartRange | null {
  const offset = (n - 1) * partBytes;
  if (!Number.isSafeInteger(n) || n < 1 || offset >= bytes) return null;
  return { n, offset, bytes: Math.min(partBytes, bytes - offset) };
}
