import { createRefreshTurn } from "../src/loops/refresh.ts";
import type { ItemAnswer, Steam } from "../src/steam/steam.ts";
import { anItem } from "./items.ts";
import type { JobWorld } from "./job-deps.ts";
import { publish } from "./publish.ts";

const going = new AbortController().signal;

type Asking = { asked: string[]; steam: Steam };

/** Notes which ids were asked for afresh, the refresher's way. */
function listening(world: JobWorld): Asking {
  const asked: string[] = [];
  const { steam } = world.deps;
  const item: Steam["item"] = async (id, options) => {
    if (options?.fresh) asked.push(id);
    return steam.item(id, options);
  };
  return { asked, steam: { ...steam, item } };
}

/** A refresher over the world's rows; `asked` are the ids it asked Steam for. */
export async function refresher(world: JobWorld, changes: Partial<JobWorld["deps"]> = {}) {
  const { asked, steam } = listening(world);
  const turn = createRefreshTurn({ ...world.deps, steam, database: world.database, ...changes });
  return { asked, turn: () => turn(going) };
}

/** A mod whose archive is here and whom Steam knows as it is. */
export async function addMod(world: JobWorld, id: string): Promise<void> {
  const item = anItem({ id });
  await publish(world, item);
  world.answers.set(id, { kind: "found", item });
}

/** The time of every mod has come. */
export async function dueNow(world: JobWorld): Promise<void> {
  await world.database.write({ sql: "UPDATE mods SET check_at = :now", args: { now: world.deps.now() } });
}

/** How long until the mod's time comes. */
export async function waitMs(world: JobWorld, id: string): Promise<number> {
  const sql = "SELECT check_at FROM mods WHERE id = CAST(:id AS INTEGER)";
  return Number((await world.database.read({ sql, args: { id } }))[0]?.["check_at"]) - world.deps.now();
}

/** A new version that came a moment ago. */
export const changed = (id: string): ItemAnswer => ({
  kind: "found",
  item: anItem({ id, versionKey: "2", updatedAt: 1_800_000_000_000 - 1 }),
});
