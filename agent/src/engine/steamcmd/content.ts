import { cp, mkdir, realpath, rename, rm } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, relative, sep } from "node:path";
import { contentSize, folderSize } from "./folder-size.ts";
import { itemPath } from "./workshop-paths.ts";

export type ContentRequest = {
  installDir: string;
  app: number;
  item: string;
  /** The path of the success line: text from outside. */
  printed: string;
  /** Folders of this slot where builds that ignore `force_install_dir` put items: its HOME and its tool copy. */
  slotFolders: readonly string[];
};

export type Content = { root: string; bytes: number; files: number };

/**
 * Finds the files behind a success line: the printed path where it truly lies inside the install dir, else the expected one.
 * An item that landed in the slot's own folders is moved over. Null where there is no file with a byte in it.
 */
export async function locateContent(request: ContentRequest): Promise<Content | null> {
  const expected = itemPath(request.installDir, request.app, request.item);
  const printed = basename(request.printed) === request.item ? request.printed : null;
  if (printed !== null) {
    const found = await contentAt(printed, request.installDir);
    if (found !== null) return found;
    await adopt(printed, expected, request.slotFolders);
  }
  return await contentAt(expected, request.installDir);
}

/** The path is handed on as one below `installDir` even where links lead there, so that callers can compare texts. */
async function contentAt(path: string, installDir: string): Promise<Content | null> {
  const inside = await insideOf(path, installDir);
  if (inside === null) return null;
  const root = join(installDir, inside);
  const { bytes, files } = await folderSize(root, contentSize);
  return bytes > 0 ? { root, bytes, files } : null;
}

/** `path` relative to `folder` after all links are resolved, or null where it is not strictly inside or does not exist. */
async function insideOf(path: string, folder: string): Promise<string | null> {
  try {
    const inside = relative(await realpath(folder), await realpath(path));
    // Between two Windows drives the relative path is an absolute one.
    return inside === "" || inside === ".." || inside.startsWith(`..${sep}`) || isAbsolute(inside) ? null : inside;
  } catch {
    // Missing or not readable: no content either way.
    return null;
  }
}

async function adopt(printed: string, expected: string, slotFolders: readonly string[]): Promise<void> {
  const places = await Promise.all(slotFolders.map((folder) => insideOf(printed, folder)));
  if (places.every((place) => place === null)) return;
  await rm(expected, { recursive: true, force: true });
  await mkdir(dirname(expected), { recursive: true });
  // Another disk refuses the rename; copying keeps links as they are, the packer judges them.
  await rename(printed, expected).catch(() => cp(printed, expected, { recursive: true, verbatimSymlinks: true }));
}
