import { beforeEach, expect, test } from "vitest";
import { tempFolder } from "../../test/archives.ts";
import { testDatabase } from "../../test/database.ts";
import { anArchive, aPublication } from "../../test/database-facts.ts";
import { takeOver } from "../../test/imported.ts";
import type { CatalogueStore } from "./catalogue.ts";
import { createCatalogueStore } from "./catalogue.ts";
import type { Database } from "./database.ts";
import type { Imported } from "./imported.ts";

let database: Database;
let catalogue: CatalogueStore;
beforeEach(async () => {
  database = await testDatabase();
  catalogue = createCatalogueStore(database);
});

async function rows(...requestedAt: number[]): Promise<Imported[]> {
  await using folder = await tempFolder();
  const made: Imported[] = [];
  for (const [n, at] of requestedAt.entries()) {
    made.push(
      await takeOver({ database, catalogue }, { folder: folder.path, item: { id: String(n + 1) }, requestedAt: at }),
    );
  }
  return made;
}

async function aRow(): Promise<Imported> {
  const [row] = await rows(1_000);
  if (row === undefined) throw new Error("No row");
  return row;
}

const publication = (changes: Parameters<typeof aPublication>[1] = {}) =>
  aPublication("1", { provenance: { agent: null, tool: "pytorrent", manifest: null, fetchedAt: 1 }, ...changes });
const left = async () => (await catalogue.countImported()).archives;

test("listImported() gives mods asked for last first, page by page, ties included", async () => {
  await rows(10, 30, 20, 20, 20, 40);

  const seen: string[] = [];
  for (let after: Imported | null = null; ; ) {
    const page: Imported[] = await catalogue.listImported({ after, limit: 2 });
    seen.push(...page.map(({ mod }) => mod));
    after = page.at(-1) ?? null;
    if (after === null) break;
  }

  expect(seen).toEqual(["6", "2", "5", "4", "3", "1"]);
});

test("listImported() gives what was taken over", async () => {
  const row = await aRow();

  expect(await catalogue.listImported({ after: null, limit: 10 })).toEqual([row]);
  expect(await catalogue.countImported()).toEqual({ archives: 1, bytes: row.bytes });
});

test("findMod() and listMods() tell of the archive that was taken over", async () => {
  const { mod, requestedAt, ...imported } = await aRow();

  expect((await catalogue.findMod(mod))?.imported).toEqual(imported);
  expect((await catalogue.listMods({ sort: "name", limit: 1 })).items[0]?.imported).toEqual(imported);
  expect(requestedAt).toBe(1_000);
});

test("publishImported() makes it a version and takes the row away", async () => {
  const row = await aRow();

  expect(await catalogue.publishImported(row, publication())).toBe(true);

  expect(await catalogue.findMod("1")).toMatchObject({
    imported: null,
    current: { key: "1", provenance: { tool: "pytorrent" } },
  });
  expect(await left()).toBe(0);
});

test("publishImported() publishes nothing once the row is gone or another", async () => {
  const row = await aRow();
  await catalogue.refreshImported(row, { bytes: 1, modifiedAt: 2 });

  expect(await catalogue.publishImported(row, publication())).toBe(false);

  expect(await catalogue.findMod("1")).toMatchObject({ current: null, imported: { bytes: 1, modifiedAt: 2 } });
  expect(await catalogue.archive(anArchive().sha256)).toBeNull();
});

test("publishImported() keeps the row when publishing fails", async () => {
  const row = await aRow();

  await expect(catalogue.publishImported(row, publication({ mod: "99" }))).rejects.toThrow();

  expect(await left()).toBe(1);
});

test("publishImported() never replaces what agents fetched, unless it is newer", async () => {
  const row = await aRow();
  await database.batch(catalogue.publishStatements(aPublication("1", { key: "fetched", archive: anArchive("b") })));

  await catalogue.publishImported(row, publication());

  expect((await catalogue.findMod("1"))?.current?.key).toBe("fetched");
  expect(await catalogue.findVersion("1", "1")).not.toBeNull();
});

test("dropImported() and refreshImported() change only what was read", async () => {
  const row = await aRow();
  const other = { ...row, bytes: row.bytes + 1 };

  expect(await catalogue.isStillImported(other)).toBe(false);
  expect(await catalogue.refreshImported(other, { bytes: 1, modifiedAt: 2 })).toBe(false);
  expect(await catalogue.dropImported(other)).toBe(false);
  expect(await catalogue.isStillImported(row)).toBe(true);
  expect(await catalogue.dropImported(row)).toBe(true);
  expect(await catalogue.dropImported(row)).toBe(false);
});

test("whatever happens to an archive taken over changes the catalogue's revision", async () => {
  const revision = async () => (await database.read({ sql: "SELECT n FROM revisions" }))[0]?.["n"];
  const row = await aRow();
  const before = await revision();

  await catalogue.dropImported(row);

  expect(await revision()).not.toBe(before);
});
