import { beforeEach, expect, test } from "vitest";
import { countSent } from "../../test/count-sent.ts";
import { createShelfStore } from "./create-shelf.ts";
import type { Database } from "./database.ts";
import { createEmbedded } from "./embedded.ts";
import { migrate, readMigrations } from "./migrate.ts";

const SHA = "a".repeat(64);
const QUEUED = (id: string, mod: number) =>
  `INSERT INTO jobs (id, mod_id, source, source_kind, source_key, version, state, epoch, charged, uncharged, requester, rank, requested_at, not_before)
   VALUES ('${id}', ${mod}, '{}', 'workshop', 'w:${mod}', '1', 'queued', 0, 0, 0, 'r', 0, 1, 1)`;
const MOD = (id: number, app: number) =>
  `INSERT INTO mods (id, origin, name, name_key, description, app, created_at, updated_at, requested_at)
   VALUES (${id}, 'steam', 'Mod ${id}', 'mod ${id}', '', ${app}, 1, 2, 3)`;
const GAME = (id: number) =>
  `INSERT INTO games (id, name, name_key, kind, origin, created_at, facts_at) VALUES (${id}, 'G', 'g', 'game', 'steam', 1, 1)`;
const PUBLISHED = (mod: number, at: number) => [
  `INSERT INTO versions (mod_id, key, archive, source_updated_at, published_at, tool, fetched_at)
   VALUES (${mod}, '1', '${SHA}', 1, ${at}, 'steamcmd', 1)`,
  `UPDATE mods SET current_key = '1', published_at = ${at} WHERE id = ${mod}`,
];

/** Mods 1 and 2 have archives, 2 since earlier, and an update of 2 is queued; 3 is on its way, 4 is only known. */
const LIBRARY = [
  GAME(10),
  GAME(20),
  `INSERT INTO tags (id, name, name_key) VALUES (1, 'Map', 'map'), (2, 'Car', 'car')`,
  ...[MOD(1, 10), MOD(2, 10), MOD(3, 20), MOD(4, 20)],
  "INSERT INTO mod_games (mod_id, game_id) VALUES (1, 10), (2, 10), (3, 20), (4, 20), (2, 20)",
  "INSERT INTO mod_tags (mod_id, tag_id) VALUES (1, 1), (2, 1), (3, 2)",
  `INSERT INTO archives (sha256, bytes, unpacked_bytes, entries, tree) VALUES ('${SHA}', 1, 1, 1, '${SHA}')`,
  ...PUBLISHED(1, 9_000),
  ...PUBLISHED(2, 8_000),
  QUEUED("job_2", 2),
  QUEUED("job_3", 3),
];

let database: Database;
beforeEach(async () => {
  const migrations = await readMigrations();
  database = createEmbedded({ path: ":memory:" });
  await migrate(
    database,
    migrations.filter(({ number }) => number < 3),
  );
  await database.batch(LIBRARY.map((sql) => ({ sql })));
  await migrate(database, migrations);
});

test("a library that was there before is on the shelf as if it had always been", async () => {
  const shelf = createShelfStore(database);

  expect(await shelf.conditions([1, 2, 3, 4])).toEqual([
    { id: "1", condition: 0 },
    { id: "2", condition: 2 },
    { id: "3", condition: 2 },
  ]);
  expect((await shelf.shelfOf(10, { limit: -1, offset: 0, origin: null })).items.map(({ id }) => id)).toEqual([
    "2",
    "1",
  ]);
  expect(await shelf.summary()).toMatchObject({ mods: 3, games: 1, tags: 1 });
  expect(await shelf.findShelfGame(10)).toMatchObject({ modsCount: 2 });
  expect((await shelf.tagsOfGame(10, { limit: 5, offset: 0 })).items).toEqual([{ id: 1, name: "Map" }]);
});

test("mods that were there before are looked at again, and their pages are read", async () => {
  const rows = await database.read({ sql: "SELECT id, check_at, page_at FROM mods ORDER BY id" });

  expect(rows).toEqual([
    { id: 1, check_at: 9_000, page_at: 9_000 },
    { id: 2, check_at: 8_000, page_at: 8_000 },
    { id: 3, check_at: null, page_at: null },
    { id: 4, check_at: null, page_at: null },
  ]);
});

test("files of mods that were there before are counted", async () => {
  await countSent(database, new Map([["2", 3]]));

  const shelf = createShelfStore(database);
  expect(await shelf.findShelfMod("2")).toMatchObject({ downloads: 3 });
  expect(await shelf.summary()).toMatchObject({ downloads: 3 });
});
