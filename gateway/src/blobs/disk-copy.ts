import { constants } from "node:fs";
import { chmod, copyFile, open } from "node:fs/promises";
import type { CopyOutcome, CopySource } from "./blob-store.ts";
import type { WriteAll } from "./disk-part.ts";
import { isDiskFull, removeFile } from "./durable.ts";
import { outsideFile } from "./outside-file.ts";

type Copy = {
  from: CopySource;
  to: string;
  /** Makes `to` a file of the final size, unless there is no room for it. */
  reserve: () => Promise<"created" | "exists" | "disk_full">;
  writeAll: WriteAll;
  shareBytes: ShareBytes;
};

/** Makes `to` a file with the bytes of `from` without copying them; false where that cannot be. */
export type ShareBytes = (from: string, to: string) => Promise<boolean>;

const CHUNK_BYTES = 1024 * 1024;
const MODE = 0o644;

/** Copies a file that others may change meanwhile. With any answer but `copied` nothing of it is left. */
export async function copyOutsideFile({ from, to, reserve, writeAll, shareBytes }: Copy): Promise<CopyOutcome> {
  const before = await outsideFile(from.path);
  if (before === null) return "gone";
  if (before.bytes !== from.bytes) return "changed";
  const isShared = await shareBytes(from.path, to);
  if (!isShared && (await reserve()) === "disk_full") return "disk_full";
  const outcome = isShared ? "copied" : await copyBytes(from, to, writeAll).catch((error: unknown) => clean(to, error));
  const after = outcome === "copied" ? await outsideFile(from.path) : null;
  if (outcome === "copied" && after?.tag === before.tag) return "copied";
  await removeFile(to);
  if (outcome !== "copied") return outcome;
  return after === null ? "gone" : "changed";
}

async function clean(to: string, error: unknown): Promise<never> {
  await removeFile(to);
  throw error;
}

/** Btrfs, XFS and APFS can let two files have the same blocks: at once, and without taking room. */
export const reflink: ShareBytes = async (from, to) => {
  // Deno does not know this mode and would copy, whatever room there is.
  if ("deno" in process.versions) return false;
  try {
    await copyFile(from, to, constants.COPYFILE_FICLONE_FORCE);
    // The copy came with the modes of the source, which nginx may not be allowed to read.
    await chmod(to, MODE);
    return true;
  } catch {
    // Whatever stands in the way shows again, with its reason, when the bytes are copied.
    return false;
  }
};

async function copyBytes({ path, bytes, signal }: CopySource, to: string, writeAll: WriteAll): Promise<CopyOutcome> {
  await using source = await open(path, "r");
  await using target = await open(to, "r+");
  const buffer = Buffer.allocUnsafeSlow(Math.min(CHUNK_BYTES, bytes));
  try {
    for (let position = 0; position < bytes; ) {
      if (signal.aborted) return "interrupted";
      const { bytesRead } = await source.read(buffer, 0, Math.min(buffer.length, bytes - position), position);
      if (bytesRead === 0) return "changed";
      await writeAll(target, [buffer.subarray(0, bytesRead)], position);
      position += bytesRead;
    }
    return "copied";
  } catch (error) {
    if (isDiskFull(error)) return "disk_full";
    throw error;
  }
}
