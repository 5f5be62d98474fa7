import { expect, test } from "vitest";
import { testDatabase } from "../../test/database.ts";
import { anItem } from "../../test/database-facts.ts";
import { createCatalogueStore } from "./catalogue.ts";
import { createModListStore } from "./mods-list.ts";

/** Mods 1 to 4; 2 needs 9 twice, 4 needs 1, and so does 8, which is not here. */
async function library(narrowMax: number) {
  const database = await testDatabase();
  const catalogue = createCatalogueStore(database);
  for (const id of ["1", "2", "3", "4"]) await catalogue.saveItem(anItem(id), 10);
  await database.write({
    sql: "INSERT INTO mod_dependencies (mod_id, dependency_id) VALUES (2, 9), (4, 1), (2, 9), (8, 1)",
  });
  return createModListStore(database, narrowMax);
}

const query = { sort: "created", limit: 10 } as const;

test.each([
  [true, 4_000, ["2", "4"]],
  [true, 0, ["2", "4"]],
  [false, 4_000, ["1", "3"]],
  [undefined, 4_000, ["1", "2", "3", "4"]],
])("listMods() with dependencies %s and up to %i narrow rows finds %j", async (dependencies, narrowMax, ids) => {
  const list = await library(narrowMax);

  const page = await list.listMods({ ...query, ...(dependencies === undefined ? {} : { dependencies }) });

  expect(page.items.map(({ id }) => id).toSorted()).toEqual(ids);
});

test("modFacets() counts only mods that need others when asked to", async () => {
  const list = await library(4_000);

  const [all, some] = [await list.modFacets({}), await list.modFacets({ dependencies: true })];

  expect([all, some].map(({ games }) => games.map(({ mods }) => mods))).toEqual([[4], [2]]);
});
