import { stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { AppError } from "../domain/errors.ts";

const BELOW = [["steamapps", "workshop", "content"], ["workshop", "content"], ["content"]];

/** The absolute path of `steamapps/workshop/content`, given itself or a folder that holds it. Refuses what is no folder. */
export async function findArchives(folder: string): Promise<string> {
  const given = resolve(folder);
  for (const names of BELOW) {
    const below = join(given, ...names);
    if (await isFolder(below)) return below;
  }
  if (await isFolder(given)) return given;
  throw new AppError("bad_request", `Could not read ${given}: there is no such folder`);
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
