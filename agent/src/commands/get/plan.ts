import type { ModId } from "@modfleet/protocol";
import { expandCollection } from "./collection.ts";
import type { Job } from "./job.ts";
import { lookUp } from "./look-up.ts";
import { type Asked, type Failed, INTERRUPTED, notFound } from "./result.ts";
import type { SteamApi } from "./steam-api.ts";
import { type AskedFor, keyOfWanted } from "./usage.ts";

/** What cannot become a job, and why. */
export type Miss = { asked: Asked; failed: Failed };
export type Plan = { jobs: Job[]; misses: Miss[]; hasCollection: boolean };

/** Makes jobs of what is asked for. Steam is asked about every Workshop id, and collections become their items, each once. */
export async function planJobs(wanted: readonly AskedFor[], steam: SteamApi): Promise<Plan> {
  const plan: Plan = { jobs: [], misses: [], hasCollection: false };
  for (const one of wanted) {
    const { target } = one;
    if (steam.signal.aborted) {
      plan.misses.push({ asked: askedOf(target), failed: INTERRUPTED });
      continue;
    }
    const key = keyOfWanted(one);
    if ("torrent" in one) plan.jobs.push({ kind: "torrent", asked: askedOf(target), key, torrent: one.torrent });
    else if (target.kind === "http") plan.jobs.push({ kind: "http", asked: askedOf(target), key, url: target.url });
    else if (target.kind === "workshop") await planWorkshop(plan, { ...askedOf(target), id: target.id }, steam);
  }
  return plan;
}

const askedOf = ({ kind, text }: AskedFor["target"]): Asked => ({ kind, target: text });

async function planWorkshop(plan: Plan, asked: Asked & { id: ModId }, steam: SteamApi): Promise<void> {
  const { id } = asked;
  const looked = await lookUp(id, steam);
  if (looked.kind === "problem") {
    plan.misses.push({ asked, failed: notFound(looked) });
    return;
  }
  if (looked.kind === "item") {
    addItem(plan, { kind: "workshop", asked, key: `workshop:${id}`, id, item: looked.item });
    return;
  }
  plan.hasCollection = true;
  const { ids, problems } = await expandCollection(id, looked.children, steam);
  const misses = ids.length === 0 && problems.length === 0 ? [`Collection ${id} is empty. Name another`] : problems;
  for (const problem of misses) plan.misses.push({ asked, failed: { exit: 1, problem } });
  for (const child of ids) {
    const about: Asked = { kind: "workshop", target: asked.target, id: child, collection: id };
    addItem(plan, { kind: "workshop", asked: about, key: `workshop:${child}`, id: child, item: null });
  }
}

function addItem(plan: Plan, job: Job): void {
  if (!plan.jobs.some(({ key }) => key === job.key)) plan.jobs.push(job);
}
