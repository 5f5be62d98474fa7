import { lstat, mkdir, realpath } from "node:fs/promises";
import { join, sep } from "node:path";
import { TorrentError } from "../client.ts";

/**
 * Makes sure that nothing that exists on the way to `paths` (with slashes, below `folder`) leads out of the folder, which is made
 * when it is missing. Throws `TorrentError` "disk".
 */
export async function checkInside(folder: string, paths: Iterable<string>): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((cause: Error) => {
    throw new TorrentError("disk", `Cannot make the folder: ${cause.message}`, cause);
  });
  const root = await realpath(folder);
  /** Whether something is there. */
  const seen = new Map<string, boolean>();
  for (const path of paths) {
    let at = "";
    for (const name of path.split("/")) {
      at = at === "" ? name : `${at}/${name}`;
      const isThere = seen.get(at) ?? (await staysInside(root, join(folder, at)));
      seen.set(at, isThere);
      if (!isThere) break;
    }
  }
}

/** False when nothing is there. */
async function staysInside(root: string, path: string): Promise<boolean> {
  const found = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return null;
    throw new TorrentError("disk", `Cannot look at what is there: ${error.message}`, error);
  });
  if (found === null) return false;
  if (!found.isSymbolicLink()) return true;
  // A link to nothing could come to life anywhere.
  const target = await realpath(path).catch(() => null);
  if (target?.startsWith(root.endsWith(sep) ? root : root + sep) === true) return true;
  throw new TorrentError("disk", `A link leads out of the folder: ${path}`);
}
