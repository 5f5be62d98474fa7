import { access, readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { reasonOf } from "../../pack/pack-failure.ts";
import { unwritableLine } from "./failure-line.ts";
import type { Job, Work } from "./job.ts";
import { askedPlace, folderProblem } from "./place.ts";
import { type Failed, KEPT, type Result } from "./result.ts";
import { keyOf, takeWorkplace, type Workplace } from "./workplace.ts";

/** After these what arrived is good for nothing. */
const FINAL: ReadonlySet<string> = new Set([
  "source_not_found",
  "source_not_a_file",
  "unsafe_content",
  "hash_mismatch",
]);

/**
 * Does `act` in a hidden folder beside the place of what is fetched, on the same disk, so that the last step is a rename. It stays
 * where the same command can go on from what is in it: `part` of a download, `content` of a torrent.
 */
export async function inWorkplace(
  { key, asked }: Pick<Job, "key" | "asked">,
  { context, wishes }: Work,
  act: (workplace: Workplace, mark: string) => Promise<Result>,
): Promise<Result> {
  const { folder, name } = await askedPlace(context.cwd, wishes.output);
  const problem = await folderProblem(folder, name === null ? folder : join(folder, name));
  if (problem !== null) return { exit: 2, problem };
  const mark = keyOf(key, resolve(context.cwd, wishes.output ?? "."));
  const path = join(folder, `.modfleet-${mark}`);
  const workplace = await takeWorkplace(path).catch((error: unknown) => unwritableLine(path, reasonOf(error)));
  if (typeof workplace === "string") return { exit: 1, problem: workplace };
  if (workplace === null) return busy(asked.target);
  try {
    const hadParts = await hasParts(workplace);
    const result = await act(workplace, mark);
    const isUseless = result.exit === 0 || FINAL.has(result.code ?? "") || (result.exit === 2 && !hadParts);
    if (isUseless || !(await hasParts(workplace))) {
      await workplace.remove();
      return result;
    }
    return result.exit === 1 ? { ...result, problem: `${result.problem}. ${KEPT}` } : result;
  } finally {
    await workplace.leave();
  }
}

/** What another command of this moment has in its hands. */
export const busy = (what: string): Failed => ({
  exit: 1,
  problem: `Cannot fetch ${what}: another command is at it. Wait until it is done, or choose another place with -o`,
});

/** Whether there is anything to go on from. */
async function hasParts(workplace: Workplace): Promise<boolean> {
  const content = await readdir(workplace.at("content")).catch(() => []);
  const journal = await access(join(workplace.at("part"), "journal.json")).then(
    () => true,
    () => false,
  );
  return journal || content.length > 0;
}
