import { Readable } from "node:stream";
import type { Sha256, UploadId } from "@modfleet/protocol";
import type { BlobStore } from "../src/blobs/blob-store.ts";

/** Archives by name only: the simulator moves no bytes. It survives a crash of the gateway like a disk. */
export function createMemoryBlobs(): BlobStore {
  const uploads = new Map<UploadId, number>();
  const blobs = new Map<Sha256, number>();
  return {
    freeBytes: async () => null,
    size: async (sha256) => blobs.get(sha256) ?? null,
    read: async (sha256) => (blobs.has(sha256) ? Readable.from([]) : null),
    hot: async () => null,
    path: (sha256) => (blobs.has(sha256) ? `blob ${sha256}` : null),
    async createUpload(upload, bytes) {
      if (uploads.has(upload)) return "exists";
      uploads.set(upload, bytes);
      return "created";
    },
    async copyIn(upload, { bytes }) {
      uploads.set(upload, bytes);
      return "copied";
    },
    touch: async () => {},
    writePart: async (upload) => (uploads.has(upload) ? "stored" : "gone"),
    uploadPath: (upload) => (uploads.has(upload) ? `upload ${upload}` : null),
    async commit(upload, sha256) {
      const bytes = uploads.get(upload) ?? blobs.get(sha256);
      if (bytes === undefined) throw new Error(`Neither upload nor blob: ${upload}`);
      uploads.delete(upload);
      blobs.set(sha256, bytes);
    },
    async discard(upload) {
      uploads.delete(upload);
    },
    sweep: async () => 0,
  };
}
