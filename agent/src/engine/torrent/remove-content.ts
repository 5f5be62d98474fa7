import { lstat, readdir, realpath, rm, rmdir, stat } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";

/**
 * Deletes a torrent's files, given as paths below `folder` with slashes, and the folders that are empty then, `folder` itself
 * excepted. What else lies there stays; nothing is reached through a link that leads out of `folder`.
 */
export async function removeContent(folder: string, paths: readonly string[]): Promise<void> {
  const root = await realFolder(folder);
  if (root === null) return;
  const parents = new Set<string>();
  for (const path of paths) {
    const file = join(folder, ...path.split("/"));
    const parent = await realFolder(dirname(file));
    if (parent === null || !isWithin(root, parent)) continue;
    const found = await lstat(file).catch(() => null);
    if (found !== null && !found.isDirectory()) await rm(file, { force: true });
    for (let at = parent; at !== root; at = dirname(at)) parents.add(at);
  }
  const deepestFirst = [...parents].toSorted((a, b) => b.length - a.length);
  for (const parent of deepestFirst) if ((await readdir(parent)).length === 0) await rmdir(parent);
}

/** Null where nothing is there, or something else. */
async function realFolder(path: string): Promise<string | null> {
  const found = await stat(path).catch(() => null);
  return found?.isDirectory() === true ? realpath(path) : null;
}

function isWithin(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== ".." && !way.startsWith(`..${sep}`);
}
