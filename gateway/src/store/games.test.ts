import { beforeEach, expect, test } from "vitest";
import { countSent } from "../../test/count-sent.ts";
import { testDatabase } from "../../test/database.ts";
import { anApp, anItem } from "../../test/database-facts.ts";
import type { Game } from "../domain/catalogue.ts";
import type { Cursor, Page } from "../domain/page.ts";
import type { CatalogueStore } from "./catalogue.ts";
import { createCatalogueStore } from "./catalogue.ts";
import type { Database } from "./database.ts";
import type { GameQuery, GameSort } from "./games.ts";
import { GAME_SORT_KEYS } from "./games.ts";

const ACTION = { id: 1, name: "Action" };
const INDIE = { id: 23, name: "Indie" };

let database: Database;
let catalogue: CatalogueStore;
beforeEach(async () => {
  database = await testDatabase();
  catalogue = createCatalogueStore(database);
});

const apps = async (query: Partial<GameQuery>) =>
  (await catalogue.listGames({ sort: "name", limit: 100, ...query })).items.map(({ app }) => app);

test("findGame() gives all that saveApp() was told", async () => {
  const facts = anApp(10, { name: "Один", kind: "app", logoUrl: "https://example.org/l.png", genres: [ACTION, INDIE] });

  await catalogue.saveApp(facts, 5);

  expect(await catalogue.findGame(10)).toEqual({
    ...facts,
    createdAt: 5,
    origin: "steam",
    modsCount: 0,
    modsDownloads: 0,
  });
  expect(await catalogue.findGame(11)).toBeNull();
});

test("saveApp() again takes over new facts and keeps counts and time of registration", async () => {
  await catalogue.saveItem(anItem("1", { app: 10 }), 1);
  await catalogue.saveApp(anApp(10, { genres: [ACTION] }), 2);

  await catalogue.saveApp(anApp(10, { name: "New", genres: [INDIE] }), 3);

  expect(await catalogue.findGame(10)).toMatchObject({ name: "New", genres: [INDIE], createdAt: 1, modsCount: 1 });
});

test("listGames() filters by name in any case, kind, source and all of the genres", async () => {
  await catalogue.saveApp(anApp(1, { name: "Ёлки 50%", genres: [ACTION] }), 1);
  await catalogue.saveApp(anApp(2, { name: "Zoo", kind: "app", genres: [ACTION, INDIE] }), 1);

  expect(await apps({ q: "ёЛКИ" })).toEqual([1]);
  expect(await apps({ q: "%" })).toEqual([1]);
  expect(await apps({ kind: "app" })).toEqual([2]);
  expect(await apps({ genres: [1] })).toEqual([2, 1]);
  expect(await apps({ genres: [1, 23] })).toEqual([2]);
  expect(await apps({ source: "local" })).toEqual([]);
});

test.each(GAME_SORT_KEYS)(
  "listGames() walked by %s gives each game once, and by -%s the other way round",
  async (key) => {
    for (let app = 1; app <= 7; app += 1) await catalogue.saveApp(anApp(app, { name: `G${app % 3}` }), app % 2);
    await catalogue.saveItem(anItem("1", { app: 4 }), 1);
    await countSent(database, new Map([["1", 9]]));

    const walked = await walk(key);

    expect(walked).toHaveLength(7);
    expect(walked).toEqual(await apps({ sort: key }));
    expect(walked.toReversed()).toEqual(await walk(`-${key}`));
  },
);

async function walk(sort: GameSort): Promise<number[]> {
  const walked: number[] = [];
  let after: Cursor | null = null;
  do {
    const page: Page<Game> = await catalogue.listGames({ sort, limit: 2, after });
    walked.push(...page.items.map(({ app }) => app));
    after = page.next;
  } while (after);
  return walked;
}

test("listGenres() counts the games of each", async () => {
  await catalogue.saveApp(anApp(1, { genres: [INDIE, ACTION] }), 1);
  await catalogue.saveApp(anApp(2, { genres: [ACTION] }), 1);

  expect(await catalogue.listGenres()).toEqual([
    { ...ACTION, gamesCount: 2 },
    { ...INDIE, gamesCount: 1 },
  ]);
});
