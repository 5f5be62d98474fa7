import { createWriteStream } from "node:fs";
import { lstat, mkdir, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { ZipFile } from "yazl";
import { syncFolder, syncPath } from "../blobs/durable.ts";

/**
 * Zips the plain files below `folder` to `target`, in the order of their names and without following any link; the file is
 * whole and durable when it appears. False when there is nothing to zip.
 */
export async function zipFolder(folder: string, target: string, signal: AbortSignal): Promise<boolean> {
  const paths = await filesBelow(folder, "");
  if (paths.length === 0) return false;
  const part = `${target}.part`;
  await mkdir(dirname(target), { recursive: true });
  try {
    await writeZip(folder, paths, part, signal);
    await syncPath(part);
    await rename(part, target);
    await syncFolder(dirname(target));
    return true;
  } finally {
    await rm(part, { force: true });
  }
}

async function filesBelow(root: string, below: string): Promise<string[]> {
  const entries = await readdir(join(root, below), { withFileTypes: true });
  const found: string[] = [];
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = below === "" ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) found.push(...(await filesBelow(root, path)));
    else if (entry.isFile()) found.push(path);
  }
  return found;
}

async function writeZip(folder: string, paths: readonly string[], part: string, signal: AbortSignal): Promise<void> {
  const zip = new ZipFile();
  const written = pipeline(zip.outputStream, createWriteStream(part), { signal });
  const failed = new Promise<never>((_, reject) => zip.once("error", reject));
  try {
    for (const path of paths) {
      const { mtime } = await lstat(join(folder, path));
      zip.addFile(join(folder, path), path, { mtime });
    }
    zip.end();
    await Promise.race([written, failed]);
  } catch (error) {
    // What is being written ends with it; its own error would be heard by nobody.
    written.catch(() => {});
    zip.outputStream.unpipe();
    throw error;
  }
}
