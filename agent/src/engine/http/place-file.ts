import { link, open, rename, rm } from "node:fs/promises";
import { extname, join } from "node:path";

const TRIES_MAX = 1_000;

/**
 * Gives a complete file its name in `folder`, or the next free one like `name (1).zip`: nothing that is there is replaced, and the
 * name appears with all of its bytes.
 */
export async function placeFile(from: string, folder: string, name: string): Promise<string> {
  const ending = extname(name);
  const stem = name.slice(0, name.length - ending.length);
  for (let turn = 0; turn < TRIES_MAX; turn += 1) {
    const path = join(folder, turn === 0 ? name : `${stem} (${turn})${ending}`);
    if (await placeAt(from, path)) return path;
  }
  throw new Error(`Could not find a free name in ${folder}: ${name}`);
}

async function placeAt(from: string, path: string): Promise<boolean> {
  try {
    await link(from, path);
    await rm(from);
    return true;
  } catch (error) {
    const code = codeOf(error);
    if (code === "EEXIST") return false;
    if (!["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"].includes(code)) throw error;
    return await reserveAt(from, path);
  }
}

/** For disks without hard links: an empty file keeps the name until the rename. */
async function reserveAt(from: string, path: string): Promise<boolean> {
  try {
    await (await open(path, "wx")).close();
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
  await rename(from, path);
  return true;
}

const codeOf = (error: unknown): string => (error instanceof Error && "code" in error ? String(error.code) : "");
