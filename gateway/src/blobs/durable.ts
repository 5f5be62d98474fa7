import type { BigIntStats } from "node:fs";
import { type FileHandle, open, rm, stat } from "node:fs/promises";
import { platform } from "node:os";

/** `code` of a system error, or the empty text. */
export function systemCode(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}

const FULL = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);

/** Whether a write failed because there is no room: the disk, the quota or the largest file of the file system. */
export function isDiskFull(error: unknown): boolean {
  return FULL.has(systemCode(error));
}

/** What `stat` says, null when there is nothing at `path`. */
export async function statOrNull(path: string): Promise<BigIntStats | null> {
  return stat(path, { bigint: true }).catch((error: unknown) => {
    if (systemCode(error) === "ENOENT") return null;
    throw error;
  });
}

/** Makes the names in `folder` durable: a rename or a new file survives a power cut only after this. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows can neither open nor flush a folder; NTFS journals names by itself.
  if (platform() === "win32") return;
  await syncPath(folder);
}

/** Makes the content of `path` durable. */
export async function syncPath(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Removes a file; true when there was one. */
export async function removeFile(path: string): Promise<boolean> {
  try {
    await rm(path);
    return true;
  } catch (error) {
    if (systemCode(error) === "ENOENT") return false;
    throw error;
  }
}

const VECTOR_MAX = 64;

/** Writes all of `buffers` at `position`; a disk that fills up may take only a part of them before it says so. */
export async function writeAll(
  handle: Pick<FileHandle, "writev">,
  buffers: readonly Uint8Array[],
  position: number,
): Promise<void> {
  // Without a copy, unless a sender cut its bytes into crumbs.
  let rest: readonly Uint8Array[] = buffers.length > VECTOR_MAX ? [Buffer.concat(buffers)] : buffers;
  let at = position;
  while (rest.length > 0) {
    const { bytesWritten } = await handle.writev(rest, at);
    rest = without(rest, bytesWritten);
    at += bytesWritten;
  }
}

function without(buffers: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let left = bytes;
  return buffers.flatMap((buffer) => {
    const cut = Math.min(left, buffer.length);
    left -= cut;
    return cut === buffer.length ? [] : [buffer.subarray(cut)];
  });
}
