import { beforeAll, expect, test } from "vitest";
import { testDatabase } from "../../test/database.ts";
import { aGameRow, aShelfRow, aTagRow, putOnShelf } from "../../test/shelf-facts.ts";
import type { Database, Row, Statement } from "./database.ts";
import type { ShelfGameQuery, ShelfQuery, ShelfSort } from "./shelf.ts";
import { SHELF_GAME_SORTS, SHELF_SORTS } from "./shelf.ts";
import { createShelfByAge } from "./shelf-by-age.ts";
import { createShelfGames } from "./shelf-games.ts";
import { createShelfMods } from "./shelf-mods.ts";

const DEEP = { limit: 50, offset: 99_000 };
const UNFILTERED: Omit<ShelfQuery, "sort"> = {
  ...DEEP,
  tags: [],
  games: [],
  origins: [],
  independent: false,
  name: "",
};
const FILTERS: Partial<ShelfQuery>[] = [
  {},
  { tags: [1, 2], games: [10] },
  { name: "mod" },
  { name: "м%" },
  { origins: ["steam", "local"] },
  { independent: true },
  { tags: [1], origins: ["steam"], name: "mod", independent: true },
];
const DIRECTIONS = [false, true];

let database: Database;
let roots: Map<string, number>;
beforeAll(async () => {
  database = await testDatabase();
  await putOnShelf(database, [
    [aTagRow(1), aTagRow(2)],
    aGameRow({ id: 10 }),
    aShelfRow({ id: 1n, games: [10], tags: [1, 2], order: 1 }),
  ]);
  const tables = await database.read({ sql: "SELECT name, rootpage FROM sqlite_schema WHERE type = 'table'" });
  roots = new Map(tables.map((row) => [String(row["name"]), Number(row["rootpage"])]));
});

/** The database, and every statement that is read from it. */
function watched(): { seen: Statement[]; database: Database } {
  const seen: Statement[] = [];
  const read = (statement: Statement) => {
    seen.push(statement);
    return database.read(statement);
  };
  return { seen, database: { ...database, read } };
}

/** How many cursors of the statement's program read columns of the table's own rows. Indexes have cursors of their own. */
async function cursorsInto(table: string, { sql, args }: Statement): Promise<number> {
  const program = await database.read({ sql: `EXPLAIN ${sql}`, ...(args ? { args } : {}) });
  const opened = (row: Row) => row["opcode"] === "OpenRead" && row["p2"] === roots.get(table) && row["p3"] === 0;
  const cursors = new Set(program.filter(opened).map((row) => row["p1"]));
  const reads = program.filter((row) => row["opcode"] === "Column" && cursors.has(row["p1"] ?? null));
  return new Set(reads.map((row) => row["p1"])).size;
}

async function plan({ sql, args }: Statement): Promise<string> {
  const steps = await database.read({ sql: `EXPLAIN QUERY PLAN ${sql}`, ...(args ? { args } : {}) });
  return steps.map((row) => row["detail"]).join("\n");
}

const sorts = SHELF_SORTS.flatMap((by): ShelfSort[] => DIRECTIONS.map((descending) => ({ by, descending })));

test("shelfMods() counts and skips within indexes, whatever the filter and the order", async () => {
  for (const narrowMax of [0, 10_000])
    for (const filter of FILTERS)
      for (const sort of sorts) {
        const { seen, database: spied } = watched();
        await createShelfMods(spied, narrowMax).shelfMods({ ...UNFILTERED, ...filter, sort });

        const lists = seen.filter(({ sql }) => sql.includes("mods m"));
        const cursors = await Promise.all(lists.map((statement) => cursorsInto("mods", statement)));
        const what = JSON.stringify({ narrowMax, filter, sort });
        // The one cursor reads the rows of the page; a total of its own has none.
        expect(
          cursors.reduce((sum, n) => sum + n, 0),
          what,
        ).toBe(1);
        for (const statement of lists) expect(await plan(statement), what).not.toMatch(/SCAN (m|mods|mod_\w+)$/m);
      }
});

test("shelfMods() walks the index of the order when nothing narrows, and sorts at most the ties", async () => {
  for (const filter of [{}, { origins: ["steam"] }, { independent: true }])
    for (const sort of sorts) {
      const { seen, database: spied } = watched();
      await createShelfMods(spied).shelfMods({ ...UNFILTERED, ...filter, sort });

      const page = seen.find(({ sql }) => sql.includes("LIMIT")) ?? { sql: "SELECT 1" };
      const [, inner = ""] = /CO-ROUTINE p\n(.*)\nSCAN p\n/s.exec(await plan(page)) ?? [];
      const what = JSON.stringify({ filter, sort });
      expect(inner, what).toContain(` m USING INDEX shelf_by_${sort.by}`);
      expect(inner, what).not.toContain("TEMP B-TREE FOR ORDER BY");
      // Many mods share a number of downloads or an origin: those orders have an index each way.
      if (sort.by === "downloads" || sort.by === "origin") expect(inner, what).not.toContain("TEMP B-TREE");
    }
});

test("shelfGames() reads descriptions of the games that are shown only", async () => {
  const all: Omit<ShelfGameQuery, "sort"> = { ...DEEP, kinds: ["game"], genres: [1], origins: ["steam"], name: "g" };
  for (const by of SHELF_GAME_SORTS)
    for (const descending of DIRECTIONS) {
      const { seen, database: spied } = watched();
      await createShelfGames(spied).shelfGames({ ...all, sort: { by, descending } });

      const cursors = await Promise.all(seen.map((statement) => cursorsInto("games", statement)));
      expect([by, ...cursors]).toEqual([by, 0, 1]);
    }
});

test("shelfOf() counts and skips within the index of the game's mods", async () => {
  for (const origin of [null, "steam"]) {
    const { seen, database: spied } = watched();
    await createShelfByAge(spied).shelfOf(10, { ...DEEP, origin });

    expect(await Promise.all(seen.map((statement) => cursorsInto("mods", statement)))).toEqual([0, 1]);
    for (const statement of seen) expect(await plan(statement)).toContain("INDEX mods_shelf_of_game (app=?");
  }
});
