import { expect, test } from "vitest";
import { testDatabase } from "../../test/database.ts";
import { aGameRow, aShelfRow, putOnShelf } from "../../test/shelf-facts.ts";
import { createShelfByAge } from "./shelf-by-age.ts";

const ALL = { limit: -1, offset: 0, origin: null };

async function shelfByAge() {
  const database = await testDatabase();
  await putOnShelf(database, [
    aGameRow({ id: 10, created: 2_000 }),
    aGameRow({ id: 20, created: 1_999, origin: "local" }),
    aGameRow({ id: 5, created: 2_000 }),
    aGameRow({ id: 30, listed: false }),
    aShelfRow({ id: 9n, games: [10], order: 1 }),
    aShelfRow({ id: 2n, games: [10, 20], order: 3, origin: "local" }),
    aShelfRow({ id: 5n, games: [10], order: 2 }),
    aShelfRow({ id: 6n, games: [20], order: 4 }),
    aShelfRow({ id: 7n, games: [10], order: 5, condition: null }),
    aShelfRow({ id: 8n, games: [10] }),
  ]);
  return createShelfByAge(database);
}

const ids = <Id>({ items }: { items: { id: Id }[] }): Id[] => items.map(({ id }) => id);

test("shelfOf() gives the mods of their first game in the order in which they came", async () => {
  const shelf = await shelfByAge();

  expect(ids(await shelf.shelfOf(10, ALL))).toEqual(["9", "5", "2"]);
  expect(ids(await shelf.shelfOf(20, ALL))).toEqual(["6"]);
  expect(await shelf.shelfOf(2n ** 64n, ALL)).toEqual({ total: 0, items: [] });
});

test("shelfOf() gives a page, or all with a limit below 0, and the size of the whole", async () => {
  const shelf = await shelfByAge();
  const page = async (limit: number | bigint, offset: number | bigint) => {
    const found = await shelf.shelfOf(10, { limit, offset, origin: null });
    return [found.total, ...ids(found)];
  };

  expect(await page(1, 1)).toEqual([3, "5"]);
  expect(await page(0, 0)).toEqual([3]);
  expect(await page(-7, 1)).toEqual([3, "5", "2"]);
  expect(await page(2n ** 70n, -3)).toEqual([3, "9", "5", "2"]);
  expect(await page(2, 2n ** 63n)).toEqual([3]);
});

test("shelfOf() and shelfGamesByAge() compare the origin byte by byte", async () => {
  const shelf = await shelfByAge();

  expect(await shelf.shelfOf(10, { ...ALL, origin: "local" })).toMatchObject({ total: 1, items: [{ id: "2" }] });
  expect(ids(await shelf.shelfGamesByAge({ ...ALL, origin: "local" }))).toEqual([20]);
  for (const origin of ["LOCAL", "", "' OR 1 --", "\ud800"]) {
    expect(await shelf.shelfOf(10, { ...ALL, origin })).toEqual({ total: 0, items: [] });
    expect(await shelf.shelfGamesByAge({ ...ALL, origin })).toEqual({ total: 0, items: [] });
  }
});

test("shelfGamesByAge() gives the games by the microsecond of their registration, then by id", async () => {
  const shelf = await shelfByAge();

  expect(ids(await shelf.shelfGamesByAge(ALL))).toEqual([20, 5, 10]);
  expect(await shelf.shelfGamesByAge({ ...ALL, limit: 1, offset: 2 })).toMatchObject({ total: 3, items: [{ id: 10 }] });
});
