import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, renameSync, writeSync } from "node:fs";
import { open } from "node:fs/promises";
import { dirname } from "node:path";

/** Puts `text` in the place of the file at `path`, for its owner only: after a crash there is the old content or the new. */
export function replaceDurably(path: string, text: string): void {
  const next = `${path}.new`;
  const file = openSync(next, "w", 0o600);
  try {
    writeWhole(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(next, path);
  syncFolderAtOnce(dirname(path));
}

/** Adds `text` to a file that was opened with `a`. When it does not fit on the disk nothing of it stays. */
export function appendDurably(file: number, text: string): void {
  const { size } = fstatSync(file);
  try {
    writeWhole(file, text);
    fsyncSync(file);
  } catch (cause) {
    ftruncateSync(file, size);
    throw cause;
  }
}

function writeWhole(file: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
}

/** A new name is durable only once its folder is. Windows cannot open folders and does not need it. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The same, for what must not be interrupted. */
function syncFolderAtOnce(folder: string): void {
  if (process.platform === "win32") return;
  const file = openSync(folder, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
