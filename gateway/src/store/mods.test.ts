import * as fc from "fast-check";
import { beforeEach, expect, test } from "vitest";
import { countSent } from "../../test/count-sent.ts";
import { testDatabase } from "../../test/database.ts";
import { anItem, aPublication } from "../../test/database-facts.ts";
import type { CatalogueStore } from "./catalogue.ts";
import { createCatalogueStore } from "./catalogue.ts";
import type { Database } from "./database.ts";

const HUGE = "9223372036854775807";

let database: Database;
let catalogue: CatalogueStore;
beforeEach(async () => {
  database = await testDatabase();
  catalogue = createCatalogueStore(database);
});

const eventTypes = async () => (await catalogue.events(0, 100)).map(({ type }) => type);

test("findMod() gives null for an id that was never seen", async () => {
  expect(await catalogue.findMod("42")).toBeNull();
});

test("findMod() gives all that saveItem() was told, with 64-bit ids intact", async () => {
  const item = anItem(HUGE, {
    title: "Мод «Один»",
    description: "<b>text</b>",
    sizeBytes: 2 ** 40,
    previewUrl: "https://example.org/a.png",
    creator: "76561198000000000",
    tags: ["Map", "Ёлка", "Map"],
    versionKey: "8447461850102350893",
  });

  await catalogue.saveItem(item, 3_000);

  expect(await catalogue.findMod(HUGE)).toEqual({
    id: HUGE,
    origin: "steam",
    name: item.title,
    description: item.description,
    app: 294_100,
    sizeBytes: 2 ** 40,
    previewUrl: item.previewUrl,
    creator: item.creator,
    tags: ["Map", "Ёлка"],
    createdAt: 1_000,
    updatedAt: 2_000,
    requestedAt: 3_000,
    downloads: 0,
    versionKey: "8447461850102350893",
    removedAt: null,
    current: null,
    imported: null,
    elsewhere: null,
  });
});

test("findMods() gives those that exist, ids next to each other beyond 2^53 told apart", async () => {
  await catalogue.saveItem(anItem("9007199254740993"), 1);
  await catalogue.saveItem(anItem("9007199254740994"), 1);

  const found = await catalogue.findMods(["9007199254740993", "9007199254740995"]);

  expect(found.map(({ id }) => id)).toEqual(["9007199254740993"]);
});

test("saveItem() again takes over new facts and keeps downloads and request time", async () => {
  await catalogue.saveItem(anItem("1", { tags: ["old", "both"] }), 100);
  await countSent(database, new Map([["1", 5]]));
  await catalogue.touchRequested("1", 200);

  await catalogue.saveItem(anItem("1", { title: "New", tags: ["both", "new"], sizeBytes: null, versionKey: "2" }), 300);

  expect(await catalogue.findMod("1")).toMatchObject({
    name: "New",
    tags: ["both", "new"],
    sizeBytes: null,
    versionKey: "2",
    downloads: 5,
    requestedAt: 200,
  });
});

test("saveItem() makes its game known, and moves the mod when its game changes", async () => {
  await catalogue.saveItem(anItem("1", { app: 10, tags: ["t"] }), 1);
  await catalogue.saveItem(anItem("1", { app: 20, tags: ["t"] }), 2);

  expect(await catalogue.findGame(10)).toMatchObject({ name: "App 10", modsCount: 0 });
  expect(await catalogue.findGame(20)).toMatchObject({ name: "App 20", modsCount: 1 });
  expect((await catalogue.listTags({ game: 10, sort: "name", limit: 10 })).items).toEqual([]);
  expect((await catalogue.listTags({ game: 20, sort: "name", limit: 10 })).items).toMatchObject([{ modsCount: 1 }]);
});

test("saveItem() takes an item of no game", async () => {
  await catalogue.saveItem(anItem("1", { app: 0 }), 1);

  expect(await catalogue.findMod("1")).toMatchObject({ app: null });
});

test("saveItem() cuts a name that no list could show", async () => {
  await catalogue.saveItem(anItem("1", { title: "x".repeat(10_000) }), 1);

  expect((await catalogue.findMod("1"))?.name).toHaveLength(500);
});

test("markRemoved() keeps the mod and its version, and saveItem() takes the mark away", async () => {
  await catalogue.saveItem(anItem("1"), 1);
  await database.batch(catalogue.publishStatements(aPublication("1")));

  await catalogue.markRemoved("1", 10);
  await catalogue.markRemoved("1", 20);
  const removed = await catalogue.findMod("1");
  await catalogue.saveItem(anItem("1"), 30);

  expect(removed).toMatchObject({ removedAt: 10, current: { key: "1" } });
  expect(await catalogue.findMod("1")).toMatchObject({ removedAt: null, current: { key: "1" } });
  expect(await eventTypes()).toEqual(["mod_added", "version_published", "mod_removed", "mod_restored"]);
});

test("markRemoved() of a mod that is not here does nothing", async () => {
  await catalogue.markRemoved("1", 10);

  expect(await catalogue.findMod("1")).toBeNull();
  expect(await eventTypes()).toEqual([]);
});

test("touchRequested() never goes back in time", async () => {
  await catalogue.saveItem(anItem("1"), 100);

  await catalogue.touchRequested("1", 300);
  await catalogue.touchRequested("1", 200);

  expect(await catalogue.findMod("1")).toMatchObject({ requestedAt: 300 });
});

test("add() of the statistics adds downloads to mods and their games, and passes over unknown ones", async () => {
  await catalogue.saveItem(anItem("1", { app: 10 }), 1);
  await catalogue.saveItem(anItem(HUGE, { app: 10 }), 1);
  await catalogue.saveItem(anItem("3", { app: 20 }), 1);

  await countSent(
    database,
    new Map([
      ["1", 2],
      [HUGE, 3],
      ["3", 4],
      ["99", 5],
    ]),
  );
  await countSent(database, new Map([["1", 1]]));
  await countSent(database, new Map());

  expect((await catalogue.findMods(["1", HUGE, "3"])).map(({ id, downloads }) => [id, downloads])).toEqual([
    ["1", 3],
    ["3", 4],
    [HUGE, 3],
  ]);
  expect(await catalogue.findGame(10)).toMatchObject({ modsDownloads: 6 });
  expect(await catalogue.findGame(20)).toMatchObject({ modsDownloads: 4 });
});

test("saveItem() keeps the counts of games and tags right, whatever changes and in whatever order", async () => {
  const saves = fc.array(
    fc.record({
      id: fc.constantFrom("1", "2", "3"),
      app: fc.constantFrom(0, 10, 20),
      tags: fc.subarray(["a", "b", "c"]),
      gone: fc.boolean(),
    }),
    { maxLength: 8 },
  );

  await fc.assert(
    fc.asyncProperty(saves, async (steps) => {
      const fresh = await testDatabase();
      for (const { id, gone, ...facts } of steps) {
        await createCatalogueStore(fresh).saveItem(anItem(id, facts), 1);
        if (gone) await fresh.write({ sql: "DELETE FROM mods WHERE id = :id", args: { id: Number(id) } });
      }

      expect(await fresh.read({ sql: WRONG_COUNTS })).toEqual([]);
    }),
    { numRuns: 50 },
  );
});

const WRONG_COUNTS = `
  SELECT id FROM games WHERE mods_count <> (SELECT count(*) FROM mod_games WHERE game_id = games.id)
  UNION ALL
  SELECT id FROM tags WHERE mods_count <> (SELECT count(*) FROM mod_tags WHERE tag_id = tags.id)
  UNION ALL
  SELECT c.tag_id FROM game_tags c WHERE mods_count <> (SELECT count(*) FROM mod_games JOIN mod_tags USING (mod_id)
                                                       WHERE game_id = c.game_id AND tag_id = c.tag_id)
  UNION ALL
  SELECT tag_id FROM mod_games JOIN mod_tags USING (mod_id)
   WHERE NOT EXISTS (SELECT 1 FROM game_tags c WHERE c.game_id = mod_games.game_id AND c.tag_id = mod_tags.tag_id)`;
