import type { Stats } from "node:fs";
import { link, lstat, open, rename, stat } from "node:fs/promises";
import { join, parse } from "node:path";
import type { Placement } from "./lists.ts";

export type Placing = {
  /** The complete file, on the same disk as `folder`. */
  file: string;
  folder: string;
  /** Safe as the name of one file. */
  name: string;
  /** Called before a name is taken, so that a crash right after can be understood. */
  choose: (path: string) => void;
};

/** So many files of one name are enough. */
const COPIES_MAX = 10_000;

/**
 * Gives a finished file its final name, or the next free one like `map (1).zip`, and returns its path. Nothing that lies
 * there is written over, and the content is on the disk before the name is.
 */
export async function placeFile({ file, folder, name, choose }: Placing): Promise<string> {
  await synced(file);
  for (let copy = 0; copy < COPIES_MAX; copy += 1) {
    const path = join(folder, copyName(name, copy));
    if (await isThere(path)) continue;
    choose(path);
    if (!(await linked(file, path))) continue;
    await synced(folder);
    return path;
  }
  throw new Error(`Could not find a free name: ${join(folder, name)}`);
}

/** What a crash left of a placement: it was finished, only the draft is there, or nothing of use is. */
export async function leftOf({ file, path, bytes }: Placement): Promise<"placed" | "draft" | "nothing"> {
  const [draft, final] = await Promise.all([fileAt(file), fileAt(path)]);
  const isComplete = final !== null && final.size === bytes && (draft === null || draft.ino === final.ino);
  if (isComplete) return "placed";
  return draft?.size === bytes ? "draft" : "nothing";
}

function copyName(name: string, copy: number): string {
  if (copy === 0) return name;
  const { name: stem, ext } = parse(name);
  return `${stem} (${copy})${ext}`;
}

/** The path's file itself; a symlink is none of ours. */
async function fileAt(path: string): Promise<Stats | null> {
  const found = await lstat(path).catch(() => null);
  return found?.isFile() === true ? found : null;
}

const isThere = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );

const WITHOUT_LINKS: readonly string[] = ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"];

/** A rename would write over a file that appeared meanwhile; a second name for the same file does not. */
async function linked(file: string, path: string): Promise<boolean> {
  try {
    await link(file, path);
    return true;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (code === "EEXIST") return false;
    // FAT and some network disks have no links; whether the name is free was looked up just before.
    if (!WITHOUT_LINKS.includes(code)) throw error;
    await rename(file, path);
    return true;
  }
}

/** Windows cannot open folders and does not need it. */
async function synced(path: string): Promise<void> {
  const isFolder = (await stat(path)).isDirectory();
  if (isFolder && process.platform === "win32") return;
  const handle = await open(path, isFolder ? "r" : "r+");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
