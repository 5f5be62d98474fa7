import * as fc from "fast-check";
import { expect, test } from "vitest";
import { testDatabase } from "../../test/database.ts";
import type { GameRow } from "../../test/shelf-facts.ts";
import { aGameRow, aGenreRow, putOnShelf } from "../../test/shelf-facts.ts";
import type { FilterValue, ShelfGameQuery, ShelfGameSort } from "./shelf.ts";
import { SHELF_GAME_SORTS } from "./shelf.ts";
import { createShelfGames } from "./shelf-games.ts";

const ALL: ShelfGameQuery = {
  sort: { by: "name", descending: false },
  limit: 50,
  offset: 0,
  kinds: [],
  genres: [],
  origins: [],
  name: "",
};

async function games(rows: readonly GameRow[]) {
  const database = await testDatabase();
  await putOnShelf(database, [...[1, 2, 3].map((id) => aGenreRow(id)), ...rows.map(aGameRow)]);
  return { database, shelf: createShelfGames(database) };
}

const few = fc.integer({ min: 0, max: 2 });
const rows = fc.record({
  id: fc.integer({ min: 1, max: 2 ** 40 }),
  name: fc.constantFrom("War", "war 2", "Космические", "", "a_b"),
  kind: fc.constantFrom<"game" | "app">("game", "app"),
  origin: fc.constantFrom("steam", "local"),
  created: few,
  downloads: few,
  mods: few,
  genres: fc.subarray([1, 2, 3]),
  listed: fc.boolean(),
});
const libraries = fc.uniqueArray(rows, { selector: ({ id }) => id, maxLength: 10 });
const sorts = fc.record({ by: fc.constantFrom(...SHELF_GAME_SORTS), descending: fc.boolean() });
const filters = fc.record(
  {
    kinds: fc.subarray<FilterValue>(["game", "app", "dlc", null]),
    genres: fc.array(fc.constantFrom<FilterValue>(1, "2", 3n, 9, null), { maxLength: 2 }),
    origins: fc.subarray<FilterValue>(["steam", "nexus", 5]),
    name: fc.constantFrom("WAR", "космические", "Косм", "_", "r_2", "%"),
  },
  { requiredKeys: [] },
);

type Row = Required<GameRow>;

const VALUES: Record<ShelfGameSort["by"], (game: Row) => string | number> = {
  name: ({ name }) => Buffer.from(name).toString("hex"),
  kind: ({ kind }) => kind,
  created: ({ created }) => created,
  downloads: ({ downloads }) => downloads,
  mods: ({ mods }) => mods,
  origin: ({ origin }) => origin,
};

function compareBy({ by, descending }: ShelfGameSort): (a: Row, b: Row) => number {
  const order = (a: string | number, b: string | number) => (a < b ? -1 : Number(a > b));
  return (a, b) => (descending ? -1 : 1) * order(VALUES[by](a), VALUES[by](b)) || a.id - b.id;
}

// What each of the asked parts finds among the names above.
const NAMED: Record<string, RegExp> = {
  WAR: /war/i,
  космические: /космические/,
  Косм: /Косм/,
  _: /./,
  r_2: /r.2/i,
  "%": /(?:)/,
};

function matches(game: Row, filter: Partial<ShelfGameQuery>): boolean {
  const anyOf = (asked: readonly FilterValue[] | undefined, value: string) => !asked?.length || asked.includes(value);
  return (
    game.listed &&
    anyOf(filter.kinds, game.kind) &&
    anyOf(filter.origins, game.origin) &&
    (filter.genres ?? []).every((genre) => genre !== null && game.genres.includes(Number(genre))) &&
    (NAMED[filter.name ?? "%"]?.test(game.name) ?? false)
  );
}

const questions = fc.array(fc.record({ filter: filters, sort: sorts, offset: fc.integer({ min: -2, max: 9 }) }), {
  minLength: 30,
  maxLength: 30,
});

test("shelfGames() gives exactly what a filter lets through, in order", async () => {
  await fc.assert(
    fc.asyncProperty(libraries, questions, async (library, asked) => {
      const { shelf } = await games(library);
      for (const { filter, sort, offset } of asked) {
        const all = library.filter((game) => matches(game, filter)).sort(compareBy(sort));

        const { total, items } = await shelf.shelfGames({ ...ALL, ...filter, sort, offset, limit: 3 });

        const shown = all.slice(Math.max(offset, 0)).slice(0, 3);
        expect({ total, ids: items.map(({ id }) => id) }).toEqual({
          total: all.length,
          ids: shown.map(({ id }) => id),
        });
      }
    }),
    { numRuns: 10 },
  );
});

test("shelfGames() finds nothing for values that SQLite cannot hold, and behind 64 bits", async () => {
  const { shelf } = await games([{ id: 1, genres: [1] }]);
  const huge = 2n ** 63n;

  for (const filter of [
    { kinds: [huge] },
    { genres: [1, huge] },
    { origins: ["\ud800"] },
    { name: "a".repeat(50_000) },
  ])
    expect(await shelf.shelfGames({ ...ALL, ...filter })).toEqual({ total: 0, items: [] });
  expect(await shelf.shelfGames({ ...ALL, offset: huge })).toEqual({ total: 1, items: [] });
});

test("findShelfGame() gives a game with its times in microseconds, once Steam's store was asked about it", async () => {
  const { database, shelf } = await games([
    { id: 7, name: "Seven", created: 1_700_000_000_000_001, downloads: 3, mods: 2 },
    { id: 8, listed: false },
    { id: 9 },
  ]);
  await database.write({ sql: "UPDATE games SET facts_at = NULL WHERE id = 9" });

  expect(await shelf.findShelfGame(7)).toEqual({
    id: 7,
    name: "Seven",
    kind: "game",
    logoUrl: null,
    shortDescription: "",
    description: "",
    modsDownloads: 3,
    modsCount: 2,
    createdAt: 1_700_000_000_000_001,
    origin: "steam",
    nulls: [],
  });
  for (const id of [8, 9, 10, -1, 2n ** 64n]) expect(await shelf.findShelfGame(id), String(id)).toBeNull();
});
