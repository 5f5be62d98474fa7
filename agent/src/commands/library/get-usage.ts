import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { ModId } from "@modfleet/protocol";
import { parseTarget } from "../get-target.ts";

export type Usage = { ok: true; ids: ModId[]; from: string } | { ok: false; problem: string };

type Asked = { targets: readonly string[]; from: string; output?: string };

/** Everything that is wrong with a command line before anything is asked; ids named twice are fetched once. */
export async function checkUsage({ targets, from, output }: Asked, cwd: string): Promise<Usage> {
  const origin = URL.parse(from);
  if (origin === null || !["http:", "https:"].includes(origin.protocol))
    return {
      ok: false,
      problem: `Cannot read --from ${JSON.stringify(from)}: give an address like https://mods.example.org`,
    };
  const parsed = targets.map(parseTarget);
  const problems = parsed.flatMap((target) => (target.ok ? [] : [target.problem]));
  if (problems.length > 0) return { ok: false, problem: problems.join("\n") };
  const ids = [...new Set(parsed.flatMap((target) => (target.ok ? [target.id] : [])))];
  if (ids.length > 1 && output !== undefined && !(await isFolder(resolve(cwd, output))))
    return {
      ok: false,
      problem: `Cannot write ${ids.length} archives to ${output}: with several, -o names a folder that exists`,
    };
  return { ok: true, ids, from: origin.href.replace(/\/+$/, "") };
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isDirectory() === true;
}

/** Does `work` for each item, at most `atOnce` at a time; the answers keep the items' order. */
export async function inTurns<Item, Answer>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item) => Promise<Answer>,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  const queue = items.entries();
  const worker = async (): Promise<void> => {
    for (const [place, item] of queue) answers[place] = await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  return answers;
}
