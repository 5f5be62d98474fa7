import type { Sha256, UploadId } from "@modfleet/protocol";
import type { BlobStore } from "./blob-store.ts";

export type ArchiveFile = { path: string; kind: "upload" | "blob" };

/**
 * The local file that holds an upload's bytes for verification. A blob of that content comes first: it was verified
 * before it was committed, while an upload that the blob made superfluous may lie around unfinished. Null when neither is there.
 */
export function archiveFile(
  { blobs }: { blobs: Pick<BlobStore, "path" | "uploadPath"> },
  { upload, sha256 }: { upload: UploadId; sha256: Sha256 },
): ArchiveFile | null {
  const blob = blobs.path(sha256);
  if (blob !== null) return { path: blob, kind: "blob" };
  const path = blobs.uploadPath(upload);
  return path === null ? null : { path, kind: "upload" };
}
