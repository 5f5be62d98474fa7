import { expect, test } from "vitest";
import { testDatabase } from "../../test/database.ts";
import { anApp, anArchive, anItem, aPublication } from "../../test/database-facts.ts";
import { aNewJob, aResult, jobId } from "../../test/jobs.ts";
import type { Job } from "../domain/job.ts";
import { createCatalogueStore } from "./catalogue.ts";
import { createShelfStore } from "./create-shelf.ts";
import { createJobStore } from "./jobs.ts";
import type { Publication } from "./publish.ts";
import type { ShelfQuery } from "./shelf.ts";

const MOD = "9000000101";
const GAME = 294_100;
const PAGE = { limit: 50, offset: 0 };
const ALL: ShelfQuery = {
  ...PAGE,
  sort: { by: "downloads", descending: false },
  tags: [],
  games: [],
  origins: [],
  independent: false,
  name: "",
};

async function world() {
  const database = await testDatabase();
  const [catalogue, jobs, shelf] = [
    createCatalogueStore(database),
    createJobStore(database),
    createShelfStore(database),
  ];
  const item = (id = MOD, tags = ["Map"]) => catalogue.saveItem(anItem(id, { app: GAME, tags }), 1_000);
  await item();
  await catalogue.saveApp(anApp(GAME), 1_000);
  let serial = 0;
  return {
    database,
    shelf,
    item,
    condition: async (id = MOD) => (await shelf.findShelfMod(id))?.condition ?? null,
    async request(version = "1", mod = MOD): Promise<Job> {
      serial += 1;
      const source = { kind: "workshop", app: GAME, item: mod } as const;
      return (await jobs.insertOrJoin(aNewJob({ id: jobId(serial), mod, source, version }))).job;
    },
    /** Ends a job as `state`, with what is published in the same transaction. */
    async end(job: Job, state: Ended, publication: Partial<Publication> | null = null): Promise<void> {
      const then = publication ? catalogue.publishStatements(aPublication(job.mod, publication)) : [];
      expect(await jobs.replace(job, ended(job, state), then)).toBe(true);
    },
    publish: (id = MOD, publication: Partial<Publication> = {}) =>
      database.batch(catalogue.publishStatements(aPublication(id, publication))),
    column: async (sql: string) => (await database.read({ sql })).map((row) => Object.values(row)[0]),
  };
}

type Ended = "done" | "failed" | "cancelled";

function ended(job: Job, state: Ended): Job {
  const failure = { code: "item_removed", detail: "", agent: null, network: null, at: 1 } as const;
  if (state === "done") return { ...job, state, result: aResult(), finishedAt: 3_000 };
  if (state === "failed") return { ...job, state, failure, retryAt: null, finishedAt: 3_000 };
  return { ...job, state, finishedAt: 3_000 };
}

test("a mod is on the shelf while it is on its way, and stays when its archive came", async () => {
  const { condition, request, end } = await world();
  expect(await condition()).toBeNull();

  const job = await request();
  expect(await condition()).toBe(2);
  await end(job, "done", {});

  expect(await condition()).toBe(0);
});

test("a mod whose only job failed or was cancelled leaves the shelf", async () => {
  for (const state of ["failed", "cancelled"] as const) {
    const { condition, request, end } = await world();

    await end(await request(), state);

    expect(await condition()).toBeNull();
  }
});

test("a mod is on its way again during an update, and here again whatever becomes of it", async () => {
  for (const state of ["done", "failed", "cancelled"] as const) {
    const { condition, request, end } = await world();
    await end(await request(), "done", {});

    const update = await request("2");
    expect(await condition()).toBe(2);
    await end(update, state, state === "done" ? { key: "2", archive: anArchive("b") } : null);

    expect(await condition()).toBe(0);
  }
});

test("a mod has its game and its tags from its first archive on, and keeps them during updates", async () => {
  const { shelf, item, publish, request, end } = await world();
  await item("7");
  await publish("7");
  const found = async (query: Partial<ShelfQuery>) =>
    (await shelf.shelfMods({ ...ALL, ...query })).items.map(({ id }) => id);
  const linked = async () => [await found({ games: [GAME] }), await found({ tags: [1] })];

  const job = await request();
  expect(await found({})).toEqual(["7", MOD]);
  expect(await linked()).toEqual([["7"], ["7"]]);
  await end(job, "done", { archive: anArchive("b") });
  expect(await linked()).toEqual([
    ["7", MOD],
    ["7", MOD],
  ]);
  await request("2");

  expect(await linked()).toEqual([
    ["7", MOD],
    ["7", MOD],
  ]);
});

test("a mod is on its way until its last job ended", async () => {
  const { condition, request, end } = await world();
  const [first, second] = [await request("1"), await request("2")];

  await end(first, "done", {});
  expect(await condition()).toBe(2);
  await end(second, "cancelled");

  expect(await condition()).toBe(0);
});

test("a mod that was taken over keeps its condition whatever becomes of its jobs", async () => {
  for (const kept of [0, 1]) {
    const { database, condition, request, end } = await world();
    await database.write({ sql: "UPDATE mods SET kept_condition = :kept, condition = :kept", args: { kept } });

    const job = await request();
    expect(await condition()).toBe(2);
    await end(job, "failed");
    expect(await condition()).toBe(kept);

    await end(await request("2"), "done", {});
    expect(await condition()).toBe(0);
  }
});

test("a mod leaves the shelf when its archive is lost, and comes back with another", async () => {
  const { database, condition, publish, column } = await world();
  await publish();
  await database.write({ sql: "UPDATE mods SET current_key = NULL, published_at = NULL" });
  expect(await condition()).toBeNull();

  await publish(MOD, { key: "2", archive: anArchive("b") });

  expect(await condition()).toBe(0);
  expect(await column("SELECT shelf_order FROM mods")).toEqual([1]);
});

test("a game, its tags and its count of mods are on the shelf from the first archive on", async () => {
  const { shelf, item, publish } = await world();
  await item("7", ["Map", "Weapon"]);
  expect(await shelf.summary()).toMatchObject({ games: 0, tags: 0 });

  await publish();
  expect((await shelf.tagsOfGame(GAME, PAGE)).items.map(({ name }) => name)).toEqual(["Map"]);
  expect(await shelf.findShelfGame(GAME)).toMatchObject({ modsCount: 1 });
  await publish("7", { archive: anArchive("b") });

  expect((await shelf.tagsOfGame(GAME, PAGE)).items.map(({ name }) => name)).toEqual(["Map", "Weapon"]);
  expect(await shelf.findShelfGame(GAME)).toMatchObject({ modsCount: 2 });
  expect(await shelf.summary()).toMatchObject({ games: 1, tags: 2 });
});

test("a second version of a mod is not counted, and keeps the mod's place", async () => {
  const { shelf, item, publish } = await world();
  await item("7");
  await publish();
  await publish("7", { archive: anArchive("b") });

  await publish(MOD, { key: "2", archive: anArchive("c"), at: 9_000 });

  const { items } = await shelf.shelfOf(GAME, { limit: -1, offset: 0, origin: null });
  expect(items.map(({ id }) => id)).toEqual([MOD, "7"]);
  expect(await shelf.findShelfGame(GAME)).toMatchObject({ modsCount: 2 });
});

test("a mod's page is to be read from each publishing on", async () => {
  const { database, publish, column } = await world();
  await publish(MOD, { at: 5_000 });
  expect(await column("SELECT page_at FROM mods")).toEqual([5_000]);
  await database.write({ sql: "UPDATE mods SET page_at = NULL" });

  await publish(MOD, { key: "2", archive: anArchive("b"), at: 9_000 });

  expect(await column("SELECT page_at FROM mods")).toEqual([9_000]);
});

test("an archive that was taken over lists and counts nothing: its records came with it", async () => {
  const { shelf, publish, column } = await world();

  await publish(MOD, { provenance: { agent: null, tool: "pytorrent", manifest: null, fetchedAt: 1 } });

  expect(await shelf.summary()).toMatchObject({ mods: 1, games: 0, tags: 0 });
  expect(await column("SELECT shelf_order FROM mods")).toEqual([null]);
  expect(await column("SELECT fetched_mods FROM games")).toEqual([0]);
});
