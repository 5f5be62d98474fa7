import { createHash } from "node:crypto";
import { type ArchiveEntry, LIMITS, type Sha256, treeHash } from "@modfleet/protocol";
import { inOrder } from "./in-order.ts";
import { createOutputFile, type OutputFile } from "./output-file.ts";
import { PackFailure } from "./pack-failure.ts";
import { type Piece, pieces } from "./pieces.ts";
import { type FoundFile, walk } from "./walk.ts";
import { createZipWriter, type ZipWriter } from "./zip-writer.ts";

export type PackJob = {
  root: string;
  /** Absolute path of the file to write; durable and complete when `packTree` returns, rubbish when it throws. */
  partial: string;
  /** Limit for the content and for the archive. */
  maxBytes: number;
};

export type PackedTree = { bytes: number; sha256: Sha256; tree: Sha256; entries: number };

export type PackProgress = { bytes: number; total: number };

/** Enough to keep zlib's four threads busy, little enough to keep the whole process below 200 MiB. */
const WINDOW = { weightMax: 8 * 1024 * 1024, countMax: 16 };
const PROGRESS_BYTES = 1024 * 1024;

/** Packs a folder in this thread, which it blocks while it reads and writes. Throws `PackFailure` and the system's errors. */
export async function packTree(job: PackJob, onProgress: (progress: PackProgress) => void): Promise<PackedTree> {
  const files = walk(job.root, { bytesMax: job.maxBytes, entriesMax: LIMITS.entriesMax });
  if (files.length === 0) throw new PackFailure("empty_result", "There is no file to pack");
  const output = createOutputFile(job.partial, job.maxBytes);
  try {
    const entries = await writeEntries(files, output, onProgress);
    const { bytes } = output;
    return { bytes, sha256: output.finish(), tree: treeHash(entries, createHash("sha256")), entries: entries.length };
  } finally {
    output.close();
  }
}

async function writeEntries(
  files: readonly FoundFile[],
  output: OutputFile,
  onProgress: (progress: PackProgress) => void,
): Promise<ArchiveEntry[]> {
  const zip = createZipWriter(output);
  const report = createReport(files, onProgress);
  const entries: ArchiveEntry[] = [];
  for await (const piece of inOrder(pieces(files), WINDOW)) {
    writePiece(zip, piece);
    if (piece.end) entries.push({ path: piece.end.path, size: piece.end.size, sha256: piece.end.sha256 });
    report(piece.raw);
  }
  zip.finish();
  return entries;
}

function writePiece(zip: ZipWriter, { begin, packed, end }: Piece): void {
  if (begin) zip.begin(begin);
  zip.append(packed);
  if (end) zip.end(end.crc);
}

/** Says how far it is once at the start, about two hundred times on the way, and at the end. */
function createReport(
  files: readonly FoundFile[],
  onProgress: (progress: PackProgress) => void,
): (raw: number) => void {
  const total = files.reduce((sum, file) => sum + file.size, 0);
  const step = Math.max(PROGRESS_BYTES, total / 200);
  let bytes = 0;
  let told = 0;
  onProgress({ bytes, total });
  return (raw) => {
    bytes += raw;
    if (bytes < told + step && bytes < total) return;
    if (bytes === told) return;
    told = bytes;
    onProgress({ bytes, total });
  };
}
