import { beforeEach, expect, test } from "vitest";
import { testDatabase } from "../../test/database.ts";
import { anItem } from "../../test/database-facts.ts";
import type { CatalogueStore } from "./catalogue.ts";
import { createCatalogueStore } from "./catalogue.ts";
import type { TagQuery } from "./tags.ts";

let catalogue: CatalogueStore;
beforeEach(async () => {
  catalogue = createCatalogueStore(await testDatabase());
  await catalogue.saveItem(anItem("1", { app: 10, tags: ["Maps", "1.5", "Ёлка"] }), 1);
  await catalogue.saveItem(anItem("2", { app: 10, tags: ["1.5"] }), 1);
  await catalogue.saveItem(anItem("3", { app: 20, tags: ["1.5", "Maps"] }), 1);
});

const list = async (query: Partial<TagQuery>) =>
  (await catalogue.listTags({ sort: "-mods", limit: 100, ...query })).items.map(({ name, modsCount }) => [
    name,
    modsCount,
  ]);

test("listTags() counts the mods of the whole library", async () => {
  expect(await list({})).toEqual([
    ["1.5", 3],
    ["Maps", 2],
    ["Ёлка", 1],
  ]);
});

test("listTags() of a game counts its mods only", async () => {
  expect(await list({ game: 10, sort: "name" })).toEqual([
    ["1.5", 2],
    ["Maps", 1],
    ["Ёлка", 1],
  ]);
  expect(await list({ game: 20, sort: "-name" })).toEqual([
    ["Maps", 1],
    ["1.5", 1],
  ]);
  expect(await list({ game: 30 })).toEqual([]);
});

test("listTags() leaves out tags that no mod has any more", async () => {
  await catalogue.saveItem(anItem("1", { app: 10, tags: [] }), 2);

  expect(await list({})).toEqual([
    ["1.5", 2],
    ["Maps", 1],
  ]);
  expect(await list({ game: 10 })).toEqual([["1.5", 1]]);
});

test("listTags() finds parts of names in any case", async () => {
  expect(await list({ q: "ёл" })).toEqual([["Ёлка", 1]]);
});

test.each([{}, { game: 10 }])("listTags() walked one by one gives each tag once: %o", async (query) => {
  for (const sort of ["mods", "-mods", "name", "-name"] as const) {
    const first = await catalogue.listTags({ ...query, sort, limit: 1 });
    const second = await catalogue.listTags({ ...query, sort, limit: 1, after: first.next });
    const third = await catalogue.listTags({ ...query, sort, limit: 1, after: second.next });

    expect([first, second, third].flatMap(({ items }) => items.map(({ name }) => name))).toEqual(
      (await list({ ...query, sort })).map(([name]) => name),
    );
    expect(third.next).toBeNull();
  }
});
