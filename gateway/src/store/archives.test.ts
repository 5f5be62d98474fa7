import { comparePaths } from "@modfleet/protocol";
import { beforeEach, expect, test } from "vitest";
import { testDatabase } from "../../test/database.ts";
import { anArchive, anEntry, anItem, aPublication } from "../../test/database-facts.ts";
import { decodeCursor, encodeCursor } from "../domain/page.ts";
import { VERSION_SORT } from "./archives.ts";
import type { CatalogueStore } from "./catalogue.ts";
import { createCatalogueStore } from "./catalogue.ts";
import type { Database } from "./database.ts";
import { isConstraintViolation } from "./database.ts";

const SHA = "a".repeat(64);

let database: Database;
let catalogue: CatalogueStore;
beforeEach(async () => {
  database = await testDatabase();
  catalogue = createCatalogueStore(database);
  await catalogue.saveItem(anItem("1"), 1_000);
});

const publish = (facts: Parameters<typeof aPublication>[1]) =>
  database.batch(catalogue.publishStatements(aPublication("1", facts)));
const currentKey = async () => (await catalogue.findMod("1"))?.current?.key;
const published = async () => (await catalogue.events(0, 100)).filter(({ type }) => type === "version_published");

test("publishStatements() make the version the one that is served, with an event", async () => {
  const provenance = { agent: "agt_1", tool: "steamcmd 1", manifest: "77", fetchedAt: 4_000 };

  await publish({ key: "7", provenance });

  const version = { mod: "1", key: "7", archive: anArchive(), sourceUpdatedAt: 2_000, publishedAt: 5_000, provenance };
  expect((await catalogue.findMod("1"))?.current).toEqual(version);
  expect(await catalogue.findVersion("1", "7")).toEqual(version);
  expect(await catalogue.archive(SHA)).toEqual(anArchive());
  expect(await published()).toMatchObject([{ mod: "1", version: "7", at: 5_000 }]);
});

test("publishStatements() repeated change nothing", async () => {
  await publish({});
  const before = await catalogue.findMod("1");

  await publish({ at: 9_000 });

  expect(await catalogue.findMod("1")).toEqual(before);
  expect(await published()).toHaveLength(1);
});

test("publishStatements() never overwrite a version, and keep no archive that belongs to nobody", async () => {
  await publish({});

  await publish({ archive: anArchive("b") });

  expect((await catalogue.findVersion("1", "1"))?.archive.sha256).toBe(SHA);
  expect(await catalogue.archive("b".repeat(64))).toBeNull();
});

test("publishStatements() of an older version add it without serving it", async () => {
  await publish({ key: "new", sourceUpdatedAt: 3_000 });

  await publish({ key: "old", sourceUpdatedAt: 2_000, archive: anArchive("b"), at: 6_000 });

  expect(await currentKey()).toBe("new");
  expect((await catalogue.findVersion("1", "old"))?.archive.sha256).toBe("b".repeat(64));
});

test("publishStatements() of a newer version replace the one that is served", async () => {
  await publish({ key: "old" });
  await publish({ key: "new", sourceUpdatedAt: 3_000, at: 6_000 });

  expect(await currentKey()).toBe("new");
});

test("publishStatements() refuse a mod that is not here", async () => {
  const error = await database
    .batch(catalogue.publishStatements(aPublication("99")))
    .catch((reason: unknown) => reason);

  expect(isConstraintViolation(error)).toBe(true);
  expect(await catalogue.archive(SHA)).toBeNull();
});

test("versions can not be changed once they are there", async () => {
  await publish({});

  await expect(database.write({ sql: "UPDATE versions SET tool = 'x'" })).rejects.toThrow("never overwritten");
});

test("versions() gives the newest first, page by page, each once", async () => {
  for (let n = 1; n <= 5; n += 1) await publish({ key: `k${n}`, at: n < 4 ? 100 : 200 });

  const keys: string[] = [];
  let text: string | null = null;
  do {
    const after = text === null ? null : decodeCursor(text, VERSION_SORT);
    const page = await catalogue.versions("1", { limit: 2, after });
    keys.push(...page.items.map(({ key }) => key));
    text = page.next && encodeCursor(page.next);
  } while (text !== null);

  expect(keys).toEqual(["k5", "k4", "k3", "k2", "k1"]);
});

test("versions() of a mod without any is an empty page", async () => {
  expect(await catalogue.versions("1", { limit: 10 })).toEqual({ items: [], next: null });
});

test("archiveInUse() is true as long as a version is made of the archive", async () => {
  expect(await catalogue.archiveInUse(SHA)).toBe(false);

  await publish({});

  expect(await catalogue.archiveInUse(SHA)).toBe(true);
});

test("saveEntries() stores a manifest of several chunks, and may be repeated", async () => {
  const entries = Array.from({ length: 1_201 }, (_, i) => anEntry(`dir/${i}.txt`, { size: i }));

  await catalogue.saveEntries(SHA, entries.slice(0, 700));
  await catalogue.saveEntries(SHA, entries);

  const [row] = await database.read({ sql: "SELECT count(*) AS n, sum(size) AS size FROM archive_entries" });
  expect(row).toEqual({ n: 1_201, size: (1_200 * 1_201) / 2 });
});

test("entries() gives paths in the order of archives, page by page", async () => {
  const paths = ["b", "a/ä", "a", "Z", "ﬀ", "\u{1f600}", "a b", "файл"];
  await catalogue.saveEntries(
    SHA,
    paths.map((path) => anEntry(path)),
  );

  const seen: string[] = [];
  for (let after: string | null = null; ; after = seen.at(-1) ?? null) {
    const page = await catalogue.entries(SHA, { after, limit: 3 });
    if (page.length === 0) break;
    seen.push(...page.map(({ path }) => path));
  }

  expect(seen).toEqual(paths.toSorted(comparePaths));
});

test("entries() are those of one archive only", async () => {
  await catalogue.saveEntries(SHA, [anEntry("a")]);

  expect(await catalogue.entries("b".repeat(64), { limit: 10 })).toEqual([]);
});

test("entry() finds exactly one path, whatever characters it has", async () => {
  const entry = anEntry("a'b%_\"/Файл.txt", { size: 2 ** 40, sha256: "0123456789abcdef".repeat(4) });
  await catalogue.saveEntries(SHA, [entry, anEntry("a")]);

  expect(await catalogue.entry(SHA, entry.path)).toEqual(entry);
  expect(await catalogue.entry(SHA, "A")).toBeNull();
});
