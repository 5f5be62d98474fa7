import * as fc from "fast-check";
import { expect, test } from "vitest";
import { testDatabase } from "../../test/database.ts";
import type { ShelfRow } from "../../test/shelf-facts.ts";
import { aGameRow, aShelfRow, aTagRow, putOnShelf } from "../../test/shelf-facts.ts";
import type { Database } from "./database.ts";
import type { FilterValue, ShelfQuery, ShelfSort, ShelfStore } from "./shelf.ts";
import { SHELF_SORTS } from "./shelf.ts";
import { createShelfMods } from "./shelf-mods.ts";

type Shelf = Pick<ShelfStore, "shelfMods">;

const ALL: ShelfQuery = {
  sort: { by: "downloads", descending: false },
  limit: 50,
  offset: 0,
  tags: [],
  games: [],
  origins: [],
  independent: false,
  name: "",
};

/** Tags 1–3 and games 10–20; tag 4 and game 30 are known and not on the shelf. */
async function shelfDatabase(mods: readonly ShelfRow[]): Promise<Database> {
  const database = await testDatabase();
  await putOnShelf(database, [
    ...[1, 2, 3].map((id) => aTagRow(id)),
    aTagRow(4, "Tag 4", false),
    ...[10, 20].map((id) => aGameRow({ id })),
    aGameRow({ id: 30, listed: false }),
    ...mods.map(aShelfRow),
  ]);
  return database;
}

async function shelf(mods: readonly ShelfRow[], narrowMax?: number): Promise<Shelf> {
  return createShelfMods(await shelfDatabase(mods), narrowMax);
}

async function idsOf(where: Shelf, query: Partial<ShelfQuery>): Promise<string[]> {
  const { items, total } = await where.shelfMods({ ...ALL, ...query });
  expect(total).toBe(items.length);
  return items.map(({ id }) => id);
}

// Few different values, so that ties are everywhere.
const few = fc.integer({ min: 0, max: 2 });
const rows = fc.record({
  id: fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }),
  name: fc.constantFrom(
    "Alpha",
    "alpha",
    "ALPHABET",
    "Бета мод",
    "бета",
    "100% done",
    "a_b",
    "ΟΔΟΣ",
    "ΟΔΟΣΑ",
    "x",
    "",
    "\u{1f680} up",
  ),
  size: fc.option(few),
  condition: fc.constantFrom<0 | 1 | null>(0, 1, null),
  created: few,
  updated: few,
  requested: few,
  origin: fc.constantFrom("steam", "local", "moddb"),
  downloads: few,
  tags: fc.subarray([1, 2, 3, 4]),
  games: fc.subarray([10, 20, 30]),
  needs: fc.subarray([1n, 2n]),
});
const libraries = fc.uniqueArray(rows, { selector: ({ id }) => id, maxLength: 12 });
const sorts: fc.Arbitrary<ShelfSort> = fc.record({ by: fc.constantFrom(...SHELF_SORTS), descending: fc.boolean() });
const filters = fc.record(
  {
    tags: fc.array(fc.constantFrom(1, "2", 3n, 4, 99, null), { maxLength: 2 }),
    games: fc.array(fc.constantFrom(10, " 20 ", 30, "x"), { maxLength: 2 }),
    origins: fc.subarray(["steam", "local", "nexus", null, 7]),
    independent: fc.boolean(),
    name: fc.constantFrom(
      "alpha",
      "LPH",
      "%",
      "_",
      "l%b",
      "бета",
      "Бета",
      "ета",
      "0%",
      "a_",
      "ΟΔΟΣ",
      "οδος",
      "\u{1f680}",
      "\0",
      "ph%\0a",
    ),
  },
  { requiredKeys: [] },
);

const VALUES: Record<ShelfSort["by"], (row: ShelfRow) => string | number> = {
  name: ({ name }) => name ?? "",
  size: ({ size }) => size ?? -1,
  created: ({ created }) => created ?? 0,
  updated: ({ updated }) => updated ?? 0,
  requested: ({ requested }) => requested ?? 0,
  origin: ({ origin }) => origin ?? "",
  downloads: ({ downloads }) => downloads ?? 0,
};

function compareBy({ by, descending }: ShelfSort): (a: ShelfRow, b: ShelfRow) => number {
  const value = (row: ShelfRow) => {
    const found = VALUES[by](row);
    return typeof found === "string" ? Buffer.from(found).toString("hex") : found;
  };
  const order = (a: string | number | bigint, b: string | number | bigint) => (a < b ? -1 : Number(a > b));
  return (a, b) => (descending ? -1 : 1) * order(value(a), value(b)) || order(a.id, b.id);
}

/** SQL's LIKE over what the shelf holds, as a regular expression: ASCII letters in any case, NUL ends the pattern. */
function like(part: string): RegExp {
  const pattern = `%${part}%`.split("\0", 1)[0] ?? "";
  const translated = [...pattern].map((c) => {
    if (c === "%") return ".*";
    if (c === "_") return ".";
    return /[a-z]/i.test(c) ? `[${c.toLowerCase()}${c.toUpperCase()}]` : c;
  });
  return new RegExp(`^${translated.join("")}$`, "su");
}

function matches(row: ShelfRow, filter: Partial<ShelfQuery>): boolean {
  const all = (
    asked: readonly FilterValue[] | undefined,
    has: readonly (number | bigint)[] | undefined,
    known: readonly number[],
  ) => (asked ?? []).every((value) => value !== null && known.includes(Number(value)) && has?.includes(Number(value)));
  return (
    row.condition !== null &&
    all(filter.tags, row.tags, [1, 2, 3]) &&
    all(filter.games, row.games, [10, 20]) &&
    (!filter.origins?.length || filter.origins.includes(row.origin ?? "")) &&
    (!filter.independent || row.needs?.length === 0) &&
    (!filter.name || like(filter.name).test(row.name ?? ""))
  );
}

const questions = fc.array(fc.record({ filter: filters, sort: sorts, offset: fc.integer({ min: -2, max: 12 }) }), {
  minLength: 20,
  maxLength: 20,
});

test("shelfMods() gives exactly what a filter lets through, in order, by every way of looking for it", async () => {
  await fc.assert(
    fc.asyncProperty(libraries, questions, async (mods, asked) => {
      const database = await shelfDatabase(mods);
      const ways = [0, 2, 10_000].map((narrowMax) => createShelfMods(database, narrowMax));

      for (const { filter, sort, offset } of asked) {
        const all = mods.filter((row) => matches(row, filter)).sort(compareBy(sort));
        const shown = all.slice(Math.max(offset, 0)).slice(0, 3);
        for (const way of ways) {
          const { total, items } = await way.shelfMods({ ...ALL, ...filter, sort, offset, limit: 3 });
          expect({ total, ids: items.map(({ id }) => id) }).toEqual({
            total: all.length,
            ids: shown.map(({ id }) => `${id}`),
          });
        }
      }
    }),
    { numRuns: 15 },
  );
});

test("shelfMods() gives a mod as it is stored, its times in microseconds", async () => {
  const where = await shelf([
    {
      id: 5n,
      name: "Five",
      description: "Long",
      size: null,
      created: 1_700_000_000_123_456,
      updated: -1,
      games: [20, 10],
      condition: 1,
    },
  ]);

  const { items } = await where.shelfMods(ALL);

  expect(items).toEqual([
    {
      id: "5",
      name: "Five",
      description: "Long",
      sizeBytes: null,
      condition: 1,
      createdAt: 1_700_000_000_123_456,
      updatedAt: -1,
      requestedAt: 0,
      origin: "steam",
      downloads: 0,
      app: 20,
      nulls: [],
    },
  ]);
});

test("shelfMods() finds nothing behind an offset beyond 64 bits, and still knows the size of the whole", async () => {
  const where = await shelf([{ id: 1n, tags: [1] }]);

  for (const tags of [[], [1]]) {
    expect(await where.shelfMods({ ...ALL, tags, offset: 2n ** 63n })).toEqual({ total: 1, items: [] });
    expect(await where.shelfMods({ ...ALL, tags, offset: 2n ** 63n - 1n })).toEqual({ total: 1, items: [] });
    expect((await where.shelfMods({ ...ALL, tags, offset: -(2n ** 70n) })).items).toHaveLength(1);
  }
});

test("shelfMods() takes a value that SQLite cannot hold for one that nothing equals", async () => {
  const where = await shelf([{ id: 1n, tags: [1], games: [10] }]);
  const strange: FilterValue[] = [
    2n ** 63n,
    -(2n ** 64n),
    1e300,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    "\ud800",
    "1\0",
  ];

  for (const value of strange) {
    for (const filter of [{ tags: [value] }, { games: [10, value] }, { origins: [value] }])
      expect(await idsOf(where, filter), String(value)).toEqual([]);
    expect(await idsOf(where, { origins: [value, "steam"] })).toEqual(["1"]);
  }
});

test("shelfMods() knows tags of any 64-bit id", async () => {
  const database = await shelfDatabase([]);
  const ids = [-5, 0, 2n ** 62n];
  for (const id of ids) await database.write({ sql: "INSERT INTO tags VALUES (:id, :id, :id, 0, 1)", args: { id } });
  await putOnShelf(database, [aShelfRow({ id: 1n, tags: ids }), aShelfRow({ id: 2n, tags: [-5] })]);

  const where = createShelfMods(database);

  expect(await idsOf(where, { tags: [...ids, "-5"] })).toEqual(["1"]);
  expect(await idsOf(where, { tags: ["-5.0"] })).toEqual(["1", "2"]);
});

test("shelfMods() finds nothing for a name that SQLite would refuse as a pattern", async () => {
  const where = await shelf([{ id: 1n, name: "a".repeat(50_100) }]);

  const found = ["a".repeat(50_000), "é".repeat(25_000), "%".repeat(49_999), "\ud800"].map((name) =>
    idsOf(where, { name }),
  );

  expect(await Promise.all(found)).toEqual([[], [], [], []]);
  expect(await idsOf(where, { name: "a".repeat(49_998) })).toEqual(["1"]);
});

test("shelfMods() finds the end of a name that is longer than the search index has it", async () => {
  const names = ["a", "\u{1f680}"].map((character, i) => ({
    id: BigInt(i + 1),
    name: `${character.repeat(510)} the end`,
  }));
  const where = await shelf([...names, { id: 3n, name: "endless" }]);

  expect(await idsOf(where, { name: "end" })).toEqual(["1", "2", "3"]);
  expect(await idsOf(where, { name: "the end" })).toEqual(["1", "2"]);
});
