import { beforeEach, expect, test } from "vitest";
import { testDatabase } from "../../test/database.ts";
import { anItem, aPublication } from "../../test/database-facts.ts";
import { type CatalogueStore, createCatalogueStore } from "./catalogue.ts";
import type { Database } from "./database.ts";
import { createRecheckStore, type RecheckStore } from "./recheck.ts";

const HUGE = "9223372036854775807";

let database: Database;
let catalogue: CatalogueStore;
let recheck: RecheckStore;
beforeEach(async () => {
  database = await testDatabase();
  catalogue = createCatalogueStore(database);
  recheck = createRecheckStore(database);
});

async function published(id: string): Promise<void> {
  await catalogue.saveItem(anItem(id), 1);
  await database.batch(catalogue.publishStatements(aPublication(id)));
}

async function imported(id: string): Promise<void> {
  await catalogue.saveItem(anItem(id), 1);
  await database.write({
    sql: `INSERT INTO imported_archives (mod_id, path, bytes, modified_at, source_updated_at)
          VALUES (CAST(:id AS INTEGER), '/a.zip', 1, 1, 1)`,
    args: { id },
  });
}

const times = async () =>
  Object.fromEntries(
    (await database.read({ sql: "SELECT CAST(id AS TEXT) AS id, check_at FROM mods ORDER BY mods.id" })).map((row) => [
      row["id"],
      row["check_at"],
    ]),
  );
const revision = async () => (await database.read({ sql: "SELECT n FROM revisions" }))[0]?.["n"];

test("unscheduled() finds what is here, published or taken over, page by page", async () => {
  await published("10");
  await imported("20");
  await catalogue.saveItem(anItem("30"), 1);
  await published(HUGE);

  const first = await recheck.unscheduled({ after: "0", limit: 3 });
  const second = await recheck.unscheduled({ after: first.last ?? "", limit: 3 });

  expect(first).toEqual({
    mods: [
      { id: "10", downloads: 0, updatedAt: 2_000 },
      { id: "20", downloads: 0, updatedAt: 2_000 },
    ],
    last: "30",
  });
  expect(second).toEqual({ mods: [{ id: HUGE, downloads: 0, updatedAt: 2_000 }], last: null });
});

test("unscheduled() leaves out other origins and what has a time", async () => {
  await published("10");
  await published("20");
  await database.write({ sql: "UPDATE mods SET origin = 'local' WHERE id = 10" });
  await recheck.schedule([{ id: "20", at: 5 }]);

  expect((await recheck.unscheduled({ after: "0", limit: 9 })).mods).toEqual([]);
});

test("schedule() gives a time to mods without one only, reschedule() to all", async () => {
  await published("10");
  await published(HUGE);

  await recheck.schedule([{ id: "10", at: 5 }]);
  await recheck.schedule([
    { id: "10", at: 6 },
    { id: HUGE, at: 6 },
  ]);
  expect(await times()).toEqual({ 10: 5, [HUGE]: 6 });

  await recheck.reschedule([{ id: "10", at: 7 }]);
  expect(await times()).toEqual({ 10: 7, [HUGE]: 6 });
});

test("claimDue() takes the longest overdue first and moves their time", async () => {
  for (const id of ["10", "20", "30", "40"]) await published(id);
  await recheck.schedule(["40", "20", "10", "30"].map((id, n) => ({ id, at: 100 + n })));

  const claimed = await recheck.claimDue({ now: 102, until: 900, limit: 2 });

  expect(claimed.map(({ id }) => id).sort()).toEqual(["20", "40"]);
  expect(await times()).toEqual({ 10: 102, 20: 900, 30: 103, 40: 900 });
  expect((await recheck.claimDue({ now: 102, until: 900, limit: 9 })).map(({ id }) => id)).toEqual(["10"]);
});

test("claimDue() gives each mod to one of many who ask at once", async () => {
  const ids = Array.from({ length: 20 }, (_, n) => String(n + 1));
  for (const id of ids) await published(id);
  await recheck.schedule(ids.map((id) => ({ id, at: 1 })));

  const claims = await Promise.all(ids.map(() => recheck.claimDue({ now: 1, until: 900, limit: 3 })));

  expect(
    claims
      .flat()
      .map(({ id }) => Number(id))
      .sort((a, b) => a - b),
  ).toEqual(ids.map(Number));
});

test("claimDue() takes the time away from what is not to be checked", async () => {
  await catalogue.saveItem(anItem("10"), 1);
  await published("20");
  await recheck.schedule([
    { id: "10", at: 1 },
    { id: "20", at: 1 },
  ]);
  await database.write({ sql: "UPDATE mods SET origin = 'moddb' WHERE id = 20" });

  expect(await recheck.claimDue({ now: 1, until: 900, limit: 9 })).toEqual([]);
  expect(await times()).toEqual({ 10: null, 20: null });
});

test("claimDue() and schedule() change nothing that anybody sees", async () => {
  await published("10");
  const before = await revision();

  await recheck.schedule([{ id: "10", at: 1 }]);
  await recheck.claimDue({ now: 1, until: 900, limit: 9 });

  expect(await revision()).toBe(before);
});
