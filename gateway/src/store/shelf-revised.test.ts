import { expect, test } from "vitest";
import { countSent } from "../../test/count-sent.ts";
import { testDatabase } from "../../test/database.ts";
import { anApp, anEntry, anItem, aPublication } from "../../test/database-facts.ts";
import { AGENT_A, aNewJob } from "../../test/jobs.ts";
import { advance } from "../domain/advance.ts";
import { createCatalogueStore } from "./catalogue.ts";
import { createShelfStore } from "./create-shelf.ts";
import type { Database } from "./database.ts";
import { createJobStore } from "./jobs.ts";
import { createStatisticsStore } from "./statistics.ts";

const MOD = aNewJob().mod;
const GAME = 294_100;
const ITEM = anItem(MOD, { app: GAME, tags: ["Map"] });
const APP = anApp(GAME, { genres: [{ id: 1, name: "Action" }] });

async function world() {
  const database = await testDatabase();
  const catalogue = createCatalogueStore(database);
  await catalogue.saveItem(ITEM, 1_000);
  await catalogue.saveApp(APP, 1_000);
  const shelf = createShelfStore(database);
  /** Whether the revision grew with the write. */
  const moves = async (write: () => Promise<unknown>): Promise<boolean> => {
    const before = await shelf.revision();
    await write();
    const after = await shelf.revision();
    expect(after).toBeGreaterThanOrEqual(before);
    return after > before;
  };
  return { database, catalogue, jobs: createJobStore(database), statistics: createStatisticsStore(database), moves };
}

const write = (database: Database, sql: string) => () => database.write({ sql });

test("the revision moves with everything the catalogue takes over", async () => {
  const { database, catalogue, moves } = await world();
  const writes: Record<string, () => Promise<unknown>> = {
    "a new mod": () => catalogue.saveItem(anItem("7", { app: GAME }), 1),
    "a new name": () => catalogue.saveItem({ ...ITEM, title: "New" }, 1),
    "another tag": () => catalogue.saveItem({ ...ITEM, title: "New", tags: ["Car"] }, 1),
    "a tag fewer": () => catalogue.saveItem({ ...ITEM, title: "New", tags: [] }, 1),
    "another game": () => catalogue.saveItem({ ...ITEM, title: "New", tags: [], app: 20 }, 1),
    removal: () => catalogue.markRemoved(MOD, 2),
    "a request": () => catalogue.touchRequested(MOD, 9_000),
    "an archive": () => database.batch(catalogue.publishStatements(aPublication(MOD))),
    "files sent": () => countSent(database, new Map([[MOD, 1]])),
    "a game's facts": () => catalogue.saveApp({ ...APP, description: "New" }, 1),
    "another genre": () => catalogue.saveApp({ ...APP, description: "New", genres: [{ id: 2, name: "Race" }] }, 1),
  };

  for (const [what, change] of Object.entries(writes)) expect(await moves(change), what).toBe(true);
});

test("the revision moves with every row and column of the shelf", async () => {
  const { database, moves } = await world();
  const writes = [
    "UPDATE mods SET condition = 1",
    "UPDATE mods SET shelf_order = 1",
    "UPDATE mods SET nulls = '[]'",
    "UPDATE mods SET size_bytes = NULL",
    "UPDATE mods SET created_micros = 1",
    "UPDATE mods SET requested_at = 5, requested_micros = 2",
    "UPDATE games SET listed = 1",
    "UPDATE games SET fetched_mods = 7",
    "UPDATE games SET nulls = '[]'",
    "UPDATE tags SET listed = 1",
    "UPDATE game_tags SET listed = 1",
    "UPDATE genres SET name = 'Other'",
    "INSERT INTO mod_dependencies (mod_id, dependency_id) VALUES (1, 2)",
    "UPDATE mod_dependencies SET dependency_id = 3",
    "DELETE FROM mod_dependencies",
    "INSERT INTO media (mod_id, kind, url, at) VALUES (1, 'logo', 'https://x', 1)",
    "UPDATE media SET url = 'https://y'",
    "DELETE FROM media",
    "DELETE FROM game_genres",
    "DELETE FROM genres",
    "DELETE FROM mod_tags",
    "DELETE FROM mod_games",
    "DELETE FROM game_tags",
    "DELETE FROM tags",
    "DELETE FROM mods",
    "DELETE FROM games",
  ];

  for (const sql of writes) expect(await moves(write(database, sql)), sql).toBe(true);
});

test("the revision moves when a mod is on its way and when it no longer is", async () => {
  const { jobs, moves } = await world();

  expect(await moves(() => jobs.insertOrJoin(aNewJob()))).toBe(true);
  const { job } = await jobs.insertOrJoin(aNewJob());
  const step = advance(job, { type: "cancelled" }, 2_000);
  if (!step.ok) throw new Error(step.why);
  expect(await moves(() => jobs.replace(job, step.job))).toBe(true);
});

test("the revision stays while a job is claimed, accepted and kept alive", async () => {
  const { jobs, moves } = await world();
  const { job } = await jobs.insertOrJoin(aNewJob());
  const claimed = advance(job, { type: "claimed", agent: AGENT_A, network: "192.0.2.1" }, 2_000);
  if (!claimed.ok) throw new Error(claimed.why);

  expect(await moves(() => jobs.replace(job, claimed.job))).toBe(false);
  const accepted = advance(claimed.job, { type: "accepted", agent: AGENT_A, epoch: 1 }, 2_000);
  if (!accepted.ok) throw new Error(accepted.why);
  expect(await moves(() => jobs.replace(claimed.job, accepted.job))).toBe(false);

  const renewed: boolean[] = [];
  expect(await moves(async () => renewed.push(await jobs.renew(job.id, 1, AGENT_A, 3_000_000)))).toBe(false);
  expect(renewed).toEqual([true]);
});

test("the revision stays with what nobody is shown", async () => {
  const { database, catalogue, statistics, moves } = await world();
  const hours = [{ kind: "/", startsAt: 0, count: 1 }];
  const batch = { writer: "w", batch: 1, at: 0, hours, sent: new Map(), durations: [] };
  const writes: Record<string, () => Promise<unknown>> = {
    "when Steam is asked": write(database, "UPDATE mods SET check_at = 7"),
    "when the page is read": write(database, "UPDATE mods SET page_at = 7"),
    "counters of requests": () => statistics.add(batch),
    "a manifest": () => catalogue.saveEntries("a".repeat(64), [anEntry("x")]),
    "facts that were known": () => catalogue.saveItem(ITEM, 5_000),
  };

  for (const [what, change] of Object.entries(writes)) expect(await moves(change), what).toBe(false);
});
