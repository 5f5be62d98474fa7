import type { Stats } from "node:fs";
import { lstat, opendir } from "node:fs/promises";
import { join } from "node:path";

export type FolderSize = { bytes: number; files: number };

/** Sums a tree without following links. What disappears meanwhile does not count; a missing folder is empty. */
export async function folderSize(folder: string, sizeOf: (stats: Stats) => number = allocated): Promise<FolderSize> {
  const sum: FolderSize = { bytes: 0, files: 0 };
  const pending = [folder];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    try {
      for await (const entry of await opendir(next)) {
        const path = join(next, entry.name);
        if (entry.isDirectory()) pending.push(path);
        else await add(sum, path, sizeOf);
      }
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }
  return sum;
}

async function add(sum: FolderSize, path: string, sizeOf: (stats: Stats) => number): Promise<void> {
  try {
    const stats = await lstat(path);
    if (!stats.isFile()) return;
    sum.bytes += sizeOf(stats);
    sum.files += 1;
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

/** The length of a file's content. */
export const contentSize = (stats: Stats): number => stats.size;

/** SteamCMD reserves space before it has the bytes; what the disk gave is nearer the truth, where the disk tells. */
function allocated(stats: Stats): number {
  return stats.blocks > 0 ? Math.min(stats.size, stats.blocks * 512) : stats.size;
}

function isGone(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
}
