import { access, constants } from "node:fs/promises";
import { dirname, resolve, sep } from "node:path";
import { reasonOf } from "../../pack/pack-failure.ts";
import { unwritableLine } from "./failure-line.ts";
import { makeFolder, missingFolders, removeEmpty } from "./make-folder.ts";
import { kindOf } from "./place.ts";

/** The folder that `-o` names, for more than one thing. */
export type OutputFolder = {
  /** Makes it where it is missing; a problem in one line where that cannot be. */
  ensure(): Promise<string | null>;
  /** Takes back what was made and is empty. */
  tidy(): Promise<void>;
};

export function outputFolder(cwd: string, output: string | undefined): OutputFolder {
  const made: string[] = [];
  return {
    async ensure() {
      const problem = await notFolderProblem(cwd, output);
      if (problem !== null || output === undefined) return problem;
      const path = resolve(cwd, output);
      try {
        made.push(...(await makeFolder(path)));
        return null;
      } catch (error) {
        return unwritableLine(path, reasonOf(error));
      }
    },
    tidy: () => removeEmpty(made),
  };
}

/** Whether a person says by the name itself that it is a folder's. */
export const isFolderName = (output: string): boolean => output.endsWith("/") || output.endsWith(sep);

/** Why `output` is no folder and cannot become one; null when it may. */
export async function notFolderProblem(cwd: string, output: string | undefined): Promise<string | null> {
  if (output === undefined) return null;
  const path = resolve(cwd, output);
  const kind = await kindOf(path);
  if (kind === "folder") return null;
  if (kind !== "nothing") {
    const rule = "with several targets, a collection or a torrent, -o names a folder";
    return `Cannot write to ${output}: it exists and is none, but ${rule}. Choose another name`;
  }
  const above = dirname((await missingFolders(path))[0] ?? path);
  const forbidden = await access(above, constants.W_OK).then(() => null, reasonOf);
  return forbidden === null ? null : unwritableLine(path, forbidden);
}
