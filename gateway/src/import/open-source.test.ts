import { chmod, copyFile, mkdir, readdir, readFile, truncate, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import Libsql from "libsql";
import { expect, test } from "vitest";
import { tempFolder } from "../../test/archives.ts";
import { PRISTINE } from "../../test/pytorrent/installation.ts";
import { openSource } from "./open-source.ts";

async function aCopy() {
  const folder = await tempFolder();
  const path = join(folder.path, "some # folder?", "database.db");
  await mkdir(dirname(path));
  await copyFile(PRISTINE.database, path);
  return { path, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

function alter(path: string, sql: string): void {
  const database = new Libsql(path);
  database.exec(`PRAGMA foreign_keys = OFF; ${sql}`);
  database.close();
}

const countMods = "SELECT count(*) AS n FROM mods";

test("openSource() reads from a read-only place and leaves nothing there", async () => {
  await using copy = await aCopy();
  await chmod(copy.path, 0o444);
  const before = await readFile(copy.path);

  const source = await openSource(copy.path, "database");
  const rows = [...source.file.rows(countMods)];
  await source.close();

  expect(rows).toEqual([{ n: 200 }]);
  expect(await readdir(dirname(copy.path))).toEqual(["database.db"]);
  expect(await readFile(copy.path)).toEqual(before);
});

test("openSource() sees what is in a WAL and leaves the WAL alone", async () => {
  await using copy = await aCopy();
  await using folder = await tempFolder();
  alter(copy.path, "PRAGMA journal_mode = WAL");
  const writer = new Libsql(copy.path);
  writer.exec("PRAGMA foreign_keys = OFF; DELETE FROM mods WHERE id <> 30326764");
  const path = join(folder.path, "d.db");
  for (const suffix of ["", "-wal"]) await copyFile(copy.path + suffix, path + suffix);
  writer.close();
  const wal = await readFile(`${path}-wal`);

  const source = await openSource(path, "database");
  const rows = [...source.file.rows(countMods)];
  await source.close();

  expect(rows).toEqual([{ n: 1 }]);
  expect((await readdir(folder.path)).sort()).toEqual(["d.db", "d.db-wal"]);
  expect(await readFile(`${path}-wal`)).toEqual(wal);
});

test("openSource() reads a file in WAL mode whose WAL is gone", async () => {
  await using copy = await aCopy();
  alter(copy.path, "PRAGMA journal_mode = WAL");

  const source = await openSource(copy.path, "database");
  const rows = [...source.file.rows(countMods)];
  await source.close();

  expect(rows).toEqual([{ n: 200 }]);
  expect(await readdir(dirname(copy.path))).toEqual(["database.db"]);
});

test("openSource() notices that somebody writes into the file", async () => {
  await using copy = await aCopy();
  const source = await openSource(copy.path, "database");

  const before = await source.hasChanged();
  alter(copy.path, "DELETE FROM mods");

  expect([before, await source.hasChanged()]).toEqual([false, true]);
  await source.close();
});

test.each<[string, (path: string) => unknown, RegExp]>([
  ["text", (path) => writeFile(path, "hello ".repeat(100)), /no SQLite file, or an encrypted one/],
  ["nothing", (path) => truncate(path, 0), /no SQLite file/],
  ["half of it", (path) => truncate(path, 200_000), /cut off/],
  ["damage in the middle", damage, /damaged/],
  ["no table", (path) => alter(path, "DROP TABLE unity_games_mods"), /there is no table unity_games_mods/],
  ["no column", (path) => alter(path, "ALTER TABLE mods DROP COLUMN downloads"), /table mods has no column downloads/],
  [
    "a view",
    (path) => alter(path, "ALTER TABLE tags RENAME TO t; CREATE VIEW tags AS SELECT * FROM t"),
    /no plain table/,
  ],
])("openSource() refuses %s and says why", async (_, change, why) => {
  await using copy = await aCopy();
  await change(copy.path);

  await expect(openSource(copy.path, "database")).rejects.toThrow(why);
});

async function damage(path: string): Promise<void> {
  const bytes = await readFile(path);
  bytes.fill(0xa5, 40_960, 49_152);
  await writeFile(path, bytes);
}

test("openSource() tells the two files apart and refuses what is no file", async () => {
  await expect(openSource(PRISTINE.statistics, "database")).rejects.toThrow("give it with --statistics");
  await expect(openSource(PRISTINE.database, "statistics")).rejects.toThrow("give it with --database");
  await expect(openSource(dirname(PRISTINE.database), "database")).rejects.toThrow("it is no file");
  await expect(openSource(`${PRISTINE.database}.none`, "database")).rejects.toThrow("there is no such file");
});
