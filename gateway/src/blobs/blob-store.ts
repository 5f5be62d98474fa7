import type { Readable } from "node:stream";
import type { PartRange, Sha256, UploadId } from "@modfleet/protocol";

/**
 * `interrupted`: the body broke off, stalled or was aborted. `gone`: there is no such upload. Only `stored` counts; after
 * any other answer the part has to be sent again.
 */
export type PartOutcome = "stored" | "hash_differs" | "wrong_length" | "disk_full" | "interrupted" | "gone";

export type PartBody = {
  sha256: Sha256;
  body: AsyncIterable<Uint8Array>;
  /** Ends the waiting for further bytes. */
  signal?: AbortSignal;
};

/** A file that is not ours, of which a copy is wanted. */
export type CopySource = { path: string; bytes: number; signal: AbortSignal };

/** `gone`: there is no such file. `changed`: it has another size, or somebody wrote to it meanwhile. */
export type CopyOutcome = "copied" | "gone" | "changed" | "disk_full" | "interrupted";

/**
 * Where archives live. A blob is immutable and named by the SHA-256 of its bytes. An upload is a file in the making that
 * becomes a blob by `commit`. Everything acknowledged is durable.
 */
export interface BlobStore {
  /** Bytes still free for archives; null where nobody can say. */
  freeBytes(): Promise<number | null>;

  /** Size in bytes, or null when there is no such blob. */
  size(sha256: Sha256): Promise<number | null>;

  /** Bytes `start` to `end` inclusive as a stream; null when there is no such blob. */
  read(sha256: Sha256, range?: { start: number; end: number }): Promise<Readable | null>;

  /** All of a small blob that is asked for again and again, from memory; null for all others. */
  hot(sha256: Sha256, bytes: number): Promise<Uint8Array<ArrayBuffer> | null>;

  /** A local path of the blob for zero-copy serving and for workers; null without such a blob or when the store has no files. */
  path(sha256: Sha256): string | null;

  /** Room for an upload of `bytes`. Repeating it is harmless: `exists` keeps the parts that are there. */
  createUpload(upload: UploadId, bytes: number): Promise<"created" | "exists" | "disk_full">;

  /**
   * Copies a file that is not ours into a new upload, from where `commit` moves it into place; it leaves room as uploads do,
   * and shares the bytes where the file system can. Only `copied` leaves an upload; nothing is ever done to the source.
   */
  copyIn(upload: UploadId, from: CopySource): Promise<CopyOutcome>;

  /** Somebody still works on the upload: it counts as new for `sweep`. */
  touch(upload: UploadId): Promise<void>;

  /** Writes one part at its place, hashed on the way, and returns when it is durable. The body is bounded by the range. */
  writePart(upload: UploadId, range: PartRange, part: PartBody): Promise<PartOutcome>;

  /** The local path of an upload for verification; null when it is gone. */
  uploadPath(upload: UploadId): string | null;

  /**
   * Moves a verified upload into place under its hash, durably. Repeating it, also after a crash, is harmless; it throws
   * when neither the upload nor the blob is there.
   */
  commit(upload: UploadId, sha256: Sha256): Promise<void>;

  /** Removes an upload that nobody needs. */
  discard(upload: UploadId): Promise<void>;

  /** Removes uploads and blobs that `keep` refuses and that are older than `olderThanMs`; the number of bytes freed. */
  sweep(
    keep: { upload(id: UploadId): Promise<boolean>; blob(sha256: Sha256): Promise<boolean> },
    olderThanMs: number,
  ): Promise<number>;
}
