import type { StatsFs } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { statOrNull } from "./durable.ts";

export type StatFs = (path: string) => Promise<Pick<StatsFs, "bavail" | "bsize">>;

const BLOCK_BYTES = 512;

/** Bytes that may still be handed out below `folder`: what the file system has left, less what open uploads were promised. */
export async function unpromisedBytes(folder: string, statfs: StatFs): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return Number(bavail) * Number(bsize) - (await promisedBytes(folder));
}

/**
 * Uploads are sparse files of their final size: what is not allocated yet is still promised. Read from the disk each
 * time, so that restarts and removals need no bookkeeping.
 */
async function promisedBytes(folder: string): Promise<number> {
  let promised = 0;
  for (const name of await readdir(folder)) {
    const stats = await statOrNull(join(folder, name));
    // Windows says nothing about blocks; counting the whole file as promised errs on the safe side.
    const allocated = Number(stats?.blocks ?? 0) * BLOCK_BYTES;
    promised += Math.max(0, Number(stats?.size ?? 0) - allocated);
  }
  return promised;
}
