import * as fc from "fast-check";
import { expect, test } from "vitest";
import { countSent } from "../../test/count-sent.ts";
import { testDatabase } from "../../test/database.ts";
import { anItem, aPublication } from "../../test/database-facts.ts";
import type { ItemFacts, Mod } from "../domain/catalogue.ts";
import type { Cursor, Page } from "../domain/page.ts";
import { decodeCursor, encodeCursor } from "../domain/page.ts";
import type { CatalogueStore } from "./catalogue.ts";
import { createCatalogueStore } from "./catalogue.ts";
import type { Statement } from "./database.ts";
import type { ModFilter, ModQuery, ModSort, ModSortKey } from "./mods-list.ts";
import { createModListStore, MOD_SORT_KEYS } from "./mods-list.ts";

type Facts = Pick<ItemFacts, "id" | "title" | "app" | "sizeBytes" | "createdAt" | "updatedAt" | "tags"> & {
  downloads: number;
  published: boolean;
};

const TAGS = ["Map", "1.5", "Ёлка"];
// Few different values, so that ties are everywhere.
const few = fc.integer({ min: 1, max: 3 });
const facts = fc.record({
  id: fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }).map(String),
  title: fc.constantFrom("Alpha", "alpha", "Бета мод", "100% done", 'say "hi"', "a_b", "Ёж", "x"),
  app: few,
  sizeBytes: fc.option(few),
  createdAt: few,
  updatedAt: few,
  tags: fc.subarray(TAGS),
  downloads: fc.integer({ min: 0, max: 2 }),
  published: fc.boolean(),
});
const libraries = fc.uniqueArray(facts, { selector: ({ id }) => id, maxLength: 12 });
const SORTS = MOD_SORT_KEYS.flatMap((key): ModSort[] => [key, `-${key}`]);

async function library(mods: readonly Facts[], narrowMax = 4_000): Promise<CatalogueStore> {
  const database = await testDatabase();
  const catalogue = { ...createCatalogueStore(database), ...createModListStore(database, narrowMax) };
  await Promise.all(
    mods.map(async (mod, i) => {
      await catalogue.saveItem(anItem(mod.id, mod), 10 + (i % 3));
      if (mod.published) await database.batch(catalogue.publishStatements(aPublication(mod.id, { at: 20 + (i % 2) })));
    }),
  );
  await countSent(database, new Map(mods.map(({ id, downloads }) => [id, downloads])));
  return catalogue;
}

/** Every page to the end, through the text of the cursors, as a stranger would walk it. */
async function walk(catalogue: CatalogueStore, sort: ModSort, filter: ModFilter = {}): Promise<Mod[]> {
  const mods: Mod[] = [];
  let after: Cursor | null = null;
  do {
    const page: Page<Mod> = await catalogue.listMods({
      ...filter,
      sort,
      limit: 2,
      after,
    });
    mods.push(...page.items);
    after = page.next && decodeCursor(encodeCursor(page.next), sort);
  } while (after);
  return mods;
}

const VALUES: Record<ModSortKey, (mod: Mod) => string | number> = {
  downloads: (mod) => mod.downloads,
  name: (mod) => mod.name.toLowerCase(),
  size: (mod) => mod.sizeBytes ?? 0,
  created: (mod) => mod.createdAt,
  updated: (mod) => mod.updatedAt,
  requested: (mod) => mod.requestedAt,
  published: (mod) => mod.current?.publishedAt ?? 0,
};

function compareBy(sort: ModSort): (a: Mod, b: Mod) => number {
  const value = VALUES[MOD_SORT_KEYS.find((key) => sort.endsWith(key)) ?? "name"];
  const sign = sort.startsWith("-") ? -1 : 1;
  const order = (x: string | number | bigint, y: string | number | bigint) => (x < y ? -1 : Number(x > y));
  return (a, b) => sign * (order(value(a), value(b)) || order(BigInt(a.id), BigInt(b.id)));
}

test("listMods() walked by any order gives each mod once, in that order", async () => {
  await fc.assert(
    fc.asyncProperty(libraries, fc.constantFrom(...SORTS), async (mods, sort) => {
      const walked = await walk(await library(mods), sort);

      expect(walked.map(({ id }) => id).sort()).toEqual(mods.map(({ id }) => id).sort());
      expect(walked).toEqual(walked.toSorted(compareBy(sort)));
    }),
    { numRuns: 100 },
  );
});

const filters = fc.record(
  {
    q: fc.constantFrom("alpha", "АЛЬФА", "бЕТ", "ё", "%", "100%", '"', '"hi"', "a_", "_", "a b", "*", "OR", "мод\0"),
    game: few,
    tags: fc.subarray(["map", "1.5", "ЁЛКА", "none"]),
    excludeTags: fc.subarray(["MAP", "1.5"]),
    source: fc.constantFrom("steam", "local"),
    updatedSince: few,
    onlyWithArchive: fc.boolean(),
  },
  { requiredKeys: [] },
);

function matches(mod: Mod, filter: ModFilter): boolean {
  const tags = mod.tags.map((tag) => tag.toLowerCase());
  return (
    (!filter.q || mod.name.toLowerCase().includes(filter.q.toLowerCase())) &&
    (filter.game === undefined || mod.app === filter.game) &&
    (filter.tags ?? []).every((tag) => tags.includes(tag.toLowerCase())) &&
    !(filter.excludeTags ?? []).some((tag) => tags.includes(tag.toLowerCase())) &&
    (filter.source === undefined || mod.origin === filter.source) &&
    mod.updatedAt >= (filter.updatedSince ?? 0) &&
    (!filter.onlyWithArchive || mod.current !== null)
  );
}

test("listMods() gives exactly the mods that every condition of a filter lets through", async () => {
  await fc.assert(
    fc.asyncProperty(libraries, filters, fc.constantFrom(0, 2, 4_000), async (mods, filter, narrowMax) => {
      const catalogue = await library(mods, narrowMax);

      const expected = (await walk(catalogue, "-downloads")).filter((mod) => matches(mod, filter));

      expect(await walk(catalogue, "-downloads", filter)).toEqual(expected);
    }),
    { numRuns: 150 },
  );
});

test("modFacets() counts what the filter lets through", async () => {
  await fc.assert(
    fc.asyncProperty(libraries, filters, async (mods, filter) => {
      const catalogue = await library(mods);
      const hits = (await walk(catalogue, "name")).filter((mod) => matches(mod, filter));

      const { games, tags, complete } = await catalogue.modFacets(filter);

      expect(complete).toBe(true);
      expect(new Map(games.map(({ id, mods: n }) => [id, n]))).toEqual(countBy(hits.map(({ app }) => app)));
      expect(new Map(tags.map(({ name, mods: n }) => [name, n]))).toEqual(countBy(hits.flatMap((mod) => mod.tags)));
    }),
    { numRuns: 50 },
  );
});

function countBy<Key>(keys: readonly Key[]): Map<Key, number> {
  const counts = new Map<Key, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}

test("listMods() finds a name after it changed, and no longer by the old one", async () => {
  const catalogue = await library([]);
  await catalogue.saveItem(anItem("1", { title: "Старое имя" }), 1);
  await catalogue.saveItem(anItem("1", { title: "Новое имя" }), 2);

  const found = async (q: string) => (await catalogue.listMods({ q, sort: "name", limit: 10 })).items.length;

  expect([await found("СТАРОЕ"), await found("новое"), await found("имя")]).toEqual([0, 1, 1]);
});

test("listMods() keeps its limit between 1 and 100", async () => {
  const catalogue = await library([]);
  await Promise.all(Array.from({ length: 101 }, (_, i) => catalogue.saveItem(anItem(String(i + 1)), 1)));

  const lengths = [0, -5, 1_000, Number.NaN].map(
    async (limit) => (await catalogue.listMods({ sort: "name", limit })).items.length,
  );

  expect(await Promise.all(lengths)).toEqual([1, 1, 100, 1]);
});

test("listMods() answers with nothing wrong for a cursor somebody made up", async () => {
  const catalogue = await library([]);
  await catalogue.saveItem(anItem("1"), 1);

  const page = await catalogue.listMods({ sort: "name", limit: 1, after: { sort: "name", value: 7, id: "nonsense" } });

  expect(page.items).toHaveLength(1);
});

test("listMods() walks the index of its order, and finds candidates in indexes", async () => {
  const database = await testDatabase();
  const plans: string[] = [];
  const explained = {
    ...database,
    async read(statement: Statement) {
      const plan = await database.read({ ...statement, sql: `EXPLAIN QUERY PLAN ${statement.sql}` });
      plans.push(plan.map((row) => String(row["detail"])).join("\n"));
      return database.read(statement);
    },
  };
  const { listMods } = createModListStore(explained);
  const walked = async (query: Partial<ModQuery>): Promise<string> => {
    plans.length = 0;
    await listMods({ sort: "-created", limit: 5, ...query });
    return plans.join("\n");
  };

  for (const sort of SORTS) {
    const after: Cursor = { sort, value: sort.endsWith("name") ? "m" : 5, id: "7" };
    expect(await walked({ sort })).toContain(`SCAN m USING INDEX mods_by_${sort.replace("-", "")}`);
    expect(await walked({ sort, after })).toContain(`SEARCH m USING INDEX mods_by_${sort.replace("-", "")}`);
  }
  expect(await walked({ source: "http" })).toContain("SEARCH m USING INDEX mods_by_origin");
  expect(await walked({ updatedSince: 5 })).toContain("SEARCH m USING INDEX mods_by_updated");
  expect(await walked({ onlyWithArchive: true })).toContain("SEARCH m USING INDEX mods_by_published");
});
