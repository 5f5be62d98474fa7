import type { ArchiveEntry, Sha256 } from "@modfleet/protocol";
import type { ArchivePieces } from "../domain/pieces.ts";

/** What an agent said about its archive, and how far we go to check it. */
export type VerifyInput = {
  /** Local path of the archive; nobody writes to it meanwhile. */
  path: string;
  sha256: Sha256;
  bytes: number;
  tree: Sha256;
  /** Sum of the unpacked sizes that is still acceptable; by default the size limit of archives. */
  maxUnpackedBytes?: number;
  signal: AbortSignal;
  /** Bytes of the archive read so far, a few times a second at most. */
  onProgress?: (progress: { bytes: number; total: number }) => void;
};

/** A rule that an archive breaks, as a machine word. */
export type ArchiveFault =
  // the bytes are not what the agent said
  | "size_differs"
  | "sha256_differs"
  | "tree_differs"
  // the container
  | "not_a_zip"
  | "truncated"
  | "trailing_data"
  | "hidden_data"
  | "overlap"
  | "bad_central_directory"
  | "local_header_differs"
  | "descriptor_differs"
  | "split_archive"
  | "empty_archive"
  // one entry
  | "encrypted"
  | "method"
  | "crc"
  | "size_lies"
  | "bomb"
  | "bad_deflate"
  | "bad_bzip2"
  | "symlink"
  | "device"
  | "folder_with_content"
  | "alternate_name"
  | "duplicate_name"
  | "file_is_folder"
  | "traversal"
  | "absolute"
  | "drive_letter"
  | "backslash"
  | "control_character"
  | "reserved_name"
  | "bad_name"
  // limits
  | "too_many_entries"
  | "too_large"
  // ours
  | "unreadable"
  | "aborted"
  | "stalled"
  | "crashed";

export type Refused = {
  ok: false;
  code: "hash_mismatch" | "unsafe_content" | "too_large" | "internal";
  fault: ArchiveFault;
  /** For the log: names the entry. */
  detail: string;
};

/** What is in an archive. */
export type Contents = { entries: ArchiveEntry[]; tree: Sha256; unpackedBytes: number };

export type Verdict = ({ ok: true; pieces: ArchivePieces } & Contents) | Refused;

/** Checks an archive as PROTOCOL section 9 demands. Whatever the archive or the abort does is a verdict; it never throws. */
export type VerifyArchive = (input: VerifyInput) => Promise<Verdict>;

/** What is known of an archive taken over from PyTorrent: nobody told us its hashes. */
export type TakenOverInput = Pick<VerifyInput, "path" | "bytes" | "maxUnpackedBytes" | "signal" | "onProgress">;

/** What was found out about an archive taken over. */
export type Inspected = (Extract<Verdict, { ok: true }> & { sha256: Sha256 }) | Refused;

/**
 * Reads an archive that was taken over and says what is in it. Structure, sizes and checksums are checked as for every
 * archive. PyTorrent packed with bzip2, and names as they stood on its disk: both are let through here, and an archive
 * without a file. It never throws.
 */
export type InspectTakenOver = (input: TakenOverInput) => Promise<Inspected>;
