import { access, constants, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { AppError } from "../domain/errors.ts";

const BELOW = [["steamapps", "workshop", "content"], ["workshop", "content"], ["content"]];

/** The absolute path of `steamapps/workshop/content`, given itself or a folder that holds it. Refuses what cannot be listed. */
export async function findArchives(folder: string): Promise<string> {
  const given = resolve(folder);
  for (const names of BELOW) {
    const below = join(given, ...names);
    if (await isFolder(below)) return await readable(below);
  }
  if (await isFolder(given)) return await readable(given);
  const isThere = await stat(given).catch(() => null);
  refuse(given, isThere === null ? "there is no such folder" : "it is no folder");
}

async function readable(folder: string): Promise<string> {
  await access(folder, constants.R_OK | constants.X_OK).catch(() => refuse(folder, "it may not be opened"));
  return folder;
}

function refuse(path: string, why: string): never {
  throw new AppError("bad_request", `Could not read ${path}: ${why}`);
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
