import { expect, test } from "vitest";
import { testDatabase } from "../../test/database.ts";
import type { ShelfRow } from "../../test/shelf-facts.ts";
import { aShelfRow, putOnShelf } from "../../test/shelf-facts.ts";
import { createShelfItems } from "./shelf-items.ts";

const MAX = 2n ** 63n - 1n;

async function items(rows: readonly ShelfRow[]) {
  const database = await testDatabase();
  await putOnShelf(database, rows.map(aShelfRow));
  return { database, shelf: createShelfItems(database) };
}

test("findShelfMod() gives what is on the shelf and nothing else that is known", async () => {
  const { shelf } = await items([
    { id: MAX, name: "Last" },
    { id: 2n, condition: null },
  ]);

  expect(await shelf.findShelfMod(`${MAX}`)).toMatchObject({ id: `${MAX}`, name: "Last", condition: 0 });
  for (const id of ["2", "3", "9999999999999999999"]) expect(await shelf.findShelfMod(id), id).toBeNull();
});

test("findShelfMod() gives the names of fields that held nothing when the row was taken over", async () => {
  const { database, shelf } = await items([{ id: 1n }]);
  await database.write({ sql: `UPDATE mods SET nulls = '["size","date_request"]'` });

  expect((await shelf.findShelfMod("1"))?.nulls).toEqual(["size", "date_request"]);
});

test("findShelfMod() reads times that no JavaScript number holds exactly", async () => {
  const { shelf } = await items([{ id: 1n, created: 253_402_300_799_000_000, updated: -62_135_596_800_000_000 }]);

  const mod = await shelf.findShelfMod("1");

  expect(mod).toMatchObject({ createdAt: 253_402_300_799_000_000, updatedAt: -62_135_596_800_000_000 });
});

test("conditions() gives each mod that exists once, by its id, whatever is asked", async () => {
  const { shelf } = await items([{ id: 30n, condition: 1 }, { id: 4n }, { id: MAX }, { id: 5n, condition: null }]);
  const asked = ["30", 4, 4n, 5, 6, null, 2n ** 63n, MAX, 4.5, Number.NaN, "four", "\ud800", " 4 "];

  expect(await shelf.conditions(asked)).toEqual([
    { id: "4", condition: 0 },
    { id: "30", condition: 1 },
    { id: `${MAX}`, condition: 0 },
  ]);
  expect(await shelf.conditions([])).toEqual([]);
  expect(await shelf.conditions([2n ** 64n])).toEqual([]);
});

test("dependencies() keeps the order and the repeats, of mods that are not here too", async () => {
  const { shelf } = await items([
    { id: 1n, needs: [9n, 3n, 9n, MAX] },
    { id: 2n, needs: [4n], condition: null },
  ]);

  expect(await shelf.dependencies("1", 3)).toEqual({ total: 4, ids: ["9", "3", "9"] });
  expect(await shelf.dependencies("1", 20)).toEqual({ total: 4, ids: ["9", "3", "9", `${MAX}`] });
  expect(await shelf.dependencies("2", 20)).toEqual({ total: 1, ids: ["4"] });
  expect(await shelf.dependencies("3", 20)).toEqual({ total: 0, ids: [] });
  expect(await shelf.dependencies("9999999999999999999", 20)).toEqual({ total: 0, ids: [] });
});
