import { mkdir, rmdir, stat } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Makes a folder and those above it that are missing; the answer is those it made, the deepest last. Unlike Node's own recursive
 * mkdir it ends where a file system like /proc has no room for any. Throws what the disk throws.
 */
export async function makeFolder(path: string, mode?: number): Promise<string[]> {
  const made: string[] = [];
  for (const folder of await missingFolders(path)) {
    try {
      await mkdir(folder, mode);
      made.push(folder);
    } catch (error) {
      // Somebody else may have been quicker.
      if (!(await isFolder(folder))) throw error;
    }
  }
  return made;
}

/** `path` and the folders above it that do not exist, the deepest last. */
export async function missingFolders(path: string): Promise<string[]> {
  const missing: string[] = [];
  for (let at = path; !(await isThere(at)) && dirname(at) !== at; at = dirname(at)) missing.unshift(at);
  return missing;
}

/** Removes those of the folders that are empty, the last first. */
export async function removeEmpty(folders: readonly string[]): Promise<void> {
  for (const folder of folders.toReversed()) await rmdir(folder).catch(() => {});
}

const isThere = (path: string): Promise<boolean> => stat(path).then(Boolean, () => false);

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
