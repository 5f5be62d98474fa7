import { rmSync } from "node:fs";
import { mkdir, opendir, readdir, readFile, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { honestZip } from "../../test/archives.ts";
import { type ImportWorld, importWorld, section } from "../../test/pytorrent/import-world.ts";
import type { ForeignFile } from "../store/foreign-file.ts";
import { archiveCandidates } from "./archive-candidates.ts";
import { findArchives } from "./find-archives.ts";
import { openSource } from "./open-source.ts";
import { createReport, sectionOf } from "./report.ts";
import { takeArchives } from "./take-archives.ts";
import { BINDINGS } from "./take-mods.ts";

const IDS = [1, 2, 3, 4, 5, 6];
const T = "'2020-01-02 03:04:05.000000'";
const SQL = IDS.map(
  (id) => `INSERT INTO mods VALUES (${id}, 'm', 'd', 1, 0, ${T}, ${T}, ${T}, 'steam', 0);
           INSERT INTO unity_games_mods VALUES (${id === 6 ? 70 : 40}, ${id});`,
).join("");

async function archivesWorld(files: Readonly<Record<string, Uint8Array | string>>) {
  const world = await importWorld({ sql: SQL });
  const archives = join(world.folder, "steamapps", "workshop", "content");
  for (const [path, content] of Object.entries(files)) {
    await mkdir(join(archives, path, ".."), { recursive: true });
    await writeFile(join(archives, path), content);
    await utimes(join(archives, path), 1_600_000_000, 1_600_000_000);
  }
  return Object.assign(world, { archives });
}

const imported = ({ read }: ImportWorld) => read("SELECT * FROM imported_archives ORDER BY mod_id");
const zip = await honestZip({ "a.txt": "a" });

test("takeArchives() notes where sound archives lie and why others do not count", async () => {
  await using world = await archivesWorld({
    ...{ "40/1.zip": zip, "40/2.zip": zip.subarray(0, -30), "40/3.zip": "", "40/6.zip": zip, "40/99.zip": zip },
    ...{ "40/notes.txt": "x", "readme.md": "x" },
  });
  await symlink(join(world.archives, "40", "1.zip"), join(world.archives, "40", "4.zip"));

  const report = await world.run({ archives: world.archives });

  expect(await imported(world)).toEqual([
    {
      ...{ mod_id: 1, path: join(world.archives, "40", "1.zip"), bytes: zip.length, modified_at: 1_600_000_000_000 },
      source_updated_at: Date.UTC(2020, 0, 2, 3, 4, 5),
    },
  ]);
  const { taken, skipped, noted } = section(report, "archives");
  expect(taken).toBe(1);
  expect(Object.fromEntries(skipped.map(({ why, examples }) => [why, examples.sort()]))).toEqual({
    "it is damaged": ["40/2", "40/3"],
    "it is no plain file": ["40/4"],
    "its mod is of another game": ["40/6"],
    "there is no such mod": ["40/99"],
    "it is no archive of a mod": ["40/notes.txt", "readme.md"],
  });
  expect(noted).toEqual([
    { why: "the mod has no archive and is fetched on request", count: 5, examples: ["2", "3", "4", "5", "6"] },
  ]);
  expect(await world.read("SELECT count(*) AS n FROM mods WHERE condition = 0")).toEqual([{ n: 6 }]);
});

test("takeArchives() zips what the original had no time to, without following links, once", async () => {
  await using world = await archivesWorld({ "40/5/b/c.txt": "c", "40/5/a.txt": "a" });
  await symlink(world.database, join(world.archives, "40", "5", "secret.db"));

  await world.run({ archives: world.archives });
  const first = await imported(world);
  const again = await world.run({ archives: world.archives });

  const path = join(world.folder, "blobs", "imported", "5.zip");
  expect(first).toEqual([expect.objectContaining({ mod_id: 5, path })]);
  expect(await readdir(join(world.folder, "blobs", "imported"))).toEqual(["5.zip"]);
  const text = (await readFile(path)).toString("latin1");
  expect([text.includes("a.txt"), text.includes("b/c.txt"), text.includes("secret.db")]).toEqual([true, true, false]);
  expect(await imported(world)).toEqual(first);
  expect(section(again, "archives")).toMatchObject({ taken: 0, here: 1 });
});

test("takeArchives() keeps what is published here and follows an archive that changed", async () => {
  await using world = await archivesWorld({ "40/1.zip": zip });
  await world.run({ archives: world.archives });
  await writeFile(join(world.archives, "40", "1.zip"), await honestZip({ "a.txt": "longer" }));

  const changed = await world.run({ archives: world.archives });
  await rm(join(world.archives, "40", "1.zip"));
  const gone = await world.run({ archives: world.archives });

  expect(section(changed, "archives")).toMatchObject({ taken: 1, here: 0 });
  expect(section(gone, "archives")).toMatchObject({ taken: 0, here: 0 });
  expect(await imported(world)).toHaveLength(1);
});

test("takeArchives() goes on when archives and folders vanish after they were listed", async () => {
  await using world = await archivesWorld({ "40/1.zip": zip, "40/2.zip": zip, "40/3/a.txt": "a" });
  await mkdir(join(world.archives, "40", "5"));
  const source = await openSource(world.database, "database");
  const file: ForeignFile = {
    ...source.file,
    // The mods are looked up between listing and reading.
    rows(sql, args) {
      for (const name of ["1.zip", "3"]) rmSync(join(world.archives, "40", name), { recursive: true, force: true });
      return source.file.rows(sql, args);
    },
  };
  await world.run();
  source.file.exec(BINDINGS);
  const section = sectionOf(createReport(), "archives");

  await takeArchives(
    { ...{ file, database: world.library, section, now: 0 }, advance: () => {}, signal: AbortSignal.timeout(30_000) },
    { content: world.archives, blobsFolder: join(world.folder, "blobs") },
  );
  await source.close();

  expect((await imported(world)).map((row) => row["mod_id"])).toEqual([2]);
  expect(Object.fromEntries(section.skipped.map(({ why, examples }) => [why, examples.sort()]))).toEqual({
    "it vanished meanwhile": ["40/1", "40/3"],
    "its folder is empty": ["40/5"],
  });
});

test("findArchives() takes the folder itself or one above it, and refuses what is none", async () => {
  await using world = await archivesWorld({ "40/1.zip": zip });

  for (const folder of ["", "steamapps", "steamapps/workshop", "steamapps/workshop/content"])
    expect(await findArchives(join(world.folder, folder))).toBe(world.archives);
  await expect(findArchives(join(world.folder, "nowhere"))).rejects.toThrow("no such folder");
  await expect(findArchives(join(world.archives, "40", "1.zip"))).rejects.toThrow("it is no folder");
});

test("archiveCandidates() passes over a game's folder that may not be opened", async () => {
  await using world = await archivesWorld({ "40/1.zip": zip, "70/6.zip": zip });
  const list: typeof opendir = (path, options) =>
    String(path).endsWith("40") ? Promise.reject(new Error("EACCES")) : opendir(path, options);
  const others: string[][] = [];

  const found = await Array.fromAsync(archiveCandidates(world.archives, (...other) => others.push(other), list));

  expect(found).toEqual([{ mod: "6", game: "70", path: join(world.archives, "70", "6.zip"), kind: "file" }]);
  expect(others).toEqual([["40", "its folder could not be read"]]);
});
