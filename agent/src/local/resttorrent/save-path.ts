import { lstat, mkdir, realpath } from "node:fs/promises";
import { basename, isAbsolute, join, relative, resolve, sep } from "node:path";
import { RestError } from "./rest-torrent.ts";

/** A folder inside the jail; it may not be there yet. */
export type SavePlace = {
  /** The jail, without symlinks. */
  root: string;
  /** The folders below the root, in their order. */
  names: readonly string[];
};

const PATH_LENGTH_MAX = 4_096;

/**
 * Where `savePath` leads, relative to `root` or absolute inside of it. Whatever leaves it, or would follow a symlink below it, is
 * `access denied`. Makes nothing but the root.
 */
export async function findSavePlace(root: string, savePath: string): Promise<SavePlace> {
  if (savePath.includes("\0") || savePath.length > PATH_LENGTH_MAX) throw denied();
  await mkdir(root, { recursive: true });
  const real = await realpath(root);
  // Both names of the root are the volunteer's own: the one in the configuration, and the one without symlinks.
  const inside = [resolve(root), real].map((base) => relative(base, resolve(base, savePath))).find(staysInside);
  if (inside === undefined) throw denied();
  const names = inside.split(sep).filter((name) => name !== "");
  for (let depth = 1; depth <= names.length; depth += 1) {
    if (!(await isFolder(join(real, ...names.slice(0, depth))))) break;
  }
  return { root: real, names };
}

/** Makes what is missing, one folder after another, and looks again before it says where that is: links may appear meanwhile. */
export async function makeSavePlace({ root, names }: SavePlace): Promise<string> {
  let folder = root;
  for (const name of names) {
    folder = join(folder, name);
    if (await isFolder(folder)) continue;
    await mkdirOnce(folder);
    await isFolder(folder);
  }
  if ((await realpath(folder)) !== folder) throw denied();
  return folder;
}

/** Whether a torrent's own paths, with slashes, go through a symlink in `place`. Throws `access denied` where one does. */
export async function checkContent({ root, names }: SavePlace, paths: Iterable<string>): Promise<void> {
  const known = new Set<string>();
  for (const path of paths) {
    const parts = path.split("/");
    for (let depth = 1; depth <= parts.length; depth += 1) {
      const place = join(root, ...names, ...parts.slice(0, depth));
      if (known.has(place)) continue;
      known.add(place);
      const kind = await kindOf(place);
      if (kind === "link") throw denied();
      // Below what is not there nothing can be wrong.
      if (kind === "nothing") break;
    }
  }
}

const staysInside = (path: string): boolean => !isAbsolute(path) && path.split(sep)[0] !== "..";

/** Whether a folder is there. A link is refused, and so is a file. */
async function isFolder(path: string): Promise<boolean> {
  const kind = await kindOf(path);
  if (kind === "link") throw denied();
  if (kind === "file") {
    throw new RestError("parameter.invalid", `A file lies where save_path wants a folder: ${basename(path)}`);
  }
  return kind === "folder";
}

type Kind = "folder" | "file" | "link" | "nothing";

async function kindOf(path: string): Promise<Kind> {
  try {
    const found = await lstat(path);
    if (found.isSymbolicLink()) return "link";
    return found.isDirectory() ? "folder" : "file";
  } catch (error) {
    if (codeIn(error) === "ENOENT") return "nothing";
    if (codeIn(error) === "ENAMETOOLONG")
      throw new RestError("parameter.invalid", "A name in save_path or in the torrent is too long");
    throw error;
  }
}

async function mkdirOnce(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    // Another upload was faster; what lies there is looked at next.
    if (codeIn(error) !== "EEXIST") throw error;
  }
}

const codeIn = (error: unknown): string => (error instanceof Error && "code" in error ? String(error.code) : "");

const denied = (): RestError =>
  new RestError(
    "access denied",
    "save_path, or a name in the torrent, leads out of the downloads folder: send a path in it, without symlinks",
  );
