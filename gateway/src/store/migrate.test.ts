import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { Database } from "./database.ts";
import { createEmbedded } from "./embedded.ts";
import type { Migration } from "./migrate.ts";
import { migrate, readMigrations } from "./migrate.ts";

const FIRST: Migration = { number: 1, name: "first", sql: "CREATE TABLE a (n INTEGER); INSERT INTO a VALUES (1);" };
const SECOND: Migration = { number: 2, name: "second", sql: "CREATE TABLE b (n INTEGER); INSERT INTO a VALUES (2);" };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "modfleet-migrate-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let database: Database;
beforeEach(() => {
  database = createEmbedded({ path: ":memory:" });
});

const rowsOfA = () => database.read({ sql: "SELECT n FROM a ORDER BY n" });

test("migrate() runs what is new, in order, once", async () => {
  expect(await migrate(database, [FIRST])).toEqual(["first"]);
  expect(await migrate(database, [FIRST, SECOND])).toEqual(["second"]);
  expect(await migrate(database, [FIRST, SECOND])).toEqual([]);

  expect(await rowsOfA()).toEqual([{ n: 1 }, { n: 2 }]);
});

test("migrate() leaves nothing of a migration that fails, and can be repeated", async () => {
  const broken = { ...SECOND, sql: "INSERT INTO a VALUES (2); INSERT INTO nowhere VALUES (1);" };

  await expect(migrate(database, [FIRST, broken])).rejects.toThrow("Could not migrate the database: second");
  expect(await rowsOfA()).toEqual([{ n: 1 }]);

  expect(await migrate(database, [FIRST, SECOND])).toEqual(["second"]);
});

test("migrate() started twice at once runs each migration once", async () => {
  const ran = await Promise.all([migrate(database, [FIRST, SECOND]), migrate(database, [FIRST, SECOND])]);

  expect(ran.flat().sort()).toEqual(["first", "second"]);
  expect(await rowsOfA()).toEqual([{ n: 1 }, { n: 2 }]);
});

test("migrate() refuses a database that newer code has migrated", async () => {
  await migrate(database, [FIRST, SECOND]);

  await expect(migrate(database, [FIRST])).rejects.toThrow("newer version of modfleet (migration 2 second)");
});

test("readMigrations() finds ours in order, and they run on an empty database", async () => {
  const migrations = await readMigrations();

  expect(migrations.map(({ number }) => number)).toEqual(migrations.map((_, i) => i + 1));
  expect(await migrate(database, migrations)).toEqual(migrations.map(({ name }) => name));
});

test("readMigrations() refuses misnamed files and a number that is there twice", async () => {
  const url = pathToFileURL(`${folder}/`);
  await writeFile(join(folder, "0001_one.sql"), "SELECT 1");
  await writeFile(join(folder, "0001_two.sql"), "SELECT 1");

  await expect(readMigrations(url)).rejects.toThrow("1 is there twice");

  await writeFile(join(folder, "three.sql"), "SELECT 1");
  await expect(readMigrations(url)).rejects.toThrow("three.sql");
});
