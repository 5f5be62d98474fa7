import { beforeEach, expect, test } from "vitest";
import { testDatabase } from "../../test/database.ts";
import { anItem } from "../../test/database-facts.ts";
import type { CatalogueStore } from "./catalogue.ts";
import { createCatalogueStore } from "./catalogue.ts";
import type { Database } from "./database.ts";

let database: Database;
let catalogue: CatalogueStore;
beforeEach(async () => {
  database = await testDatabase();
  catalogue = createCatalogueStore(database);
});

test("events() gives what happened after an id, in order and bounded", async () => {
  for (const id of ["5", "9223372036854775807", "3"]) await catalogue.saveItem(anItem(id), 10);

  const all = await catalogue.events(0, 100);
  const [first] = await catalogue.events(0, 1);
  const rest = await catalogue.events(first?.id ?? 0, 100);

  expect(all.map(({ mod }) => mod)).toEqual(["5", "9223372036854775807", "3"]);
  expect(first).toEqual({ id: 1, at: 10, type: "mod_added", mod: "5", version: null });
  expect(rest).toEqual(all.slice(1));
});

test("events never change, and the id of one that is gone is never used again", async () => {
  await catalogue.saveItem(anItem("1"), 10);
  const [last] = await catalogue.events(0, 1);
  await expect(database.write({ sql: "UPDATE events SET at = 1" })).rejects.toThrow("an event never changes");

  await database.write({ sql: "DELETE FROM events" });
  await catalogue.saveItem(anItem("2"), 10);

  expect((await catalogue.events(0, 1))[0]?.id).toBeGreaterThan(last?.id ?? Number.POSITIVE_INFINITY);
});
