import { expect, test } from "vitest";
import { fakeSteamApi } from "../../../test/fake-steam-api.ts";
import { DEPTH_MAX, expandCollection, ITEMS_MAX } from "./collection.ts";
import { lookUpCollection } from "./look-up.ts";

async function expand(id: string, collections: Record<string, string[]>, instead?: { status: number; body: string }) {
  await using steam = await fakeSteamApi({ collections, ...(instead !== undefined && { instead }) });
  const how = { api: steam.url, fetch, signal: new AbortController().signal };
  const first = await lookUpCollection(id, how);
  return first.kind === "collection" ? await expandCollection(id, first.children, how) : first;
}

test("expandCollection() gives every item once, in the order of the lists", async () => {
  const collections = { "1": ["10", "2", "11"], "2": ["12", "10", "3"], "3": ["13"] };

  expect(await expand("1", collections)).toEqual({ ids: ["10", "12", "13", "11"], problems: [] });
});

test("expandCollection() ends where collections name each other", async () => {
  expect(await expand("1", { "1": ["2", "10"], "2": ["1", "11"] })).toEqual({ ids: ["11", "10"], problems: [] });
});

test("expandCollection() goes so deep and no deeper, and says so", async () => {
  const chain = Object.fromEntries(
    Array.from({ length: DEPTH_MAX + 2 }, (_, at) => [`${at + 1}`, [`${at + 2}`, `${at + 101}`]]),
  );

  const { ids, problems } = Object(await expand("1", chain));

  expect(ids).toHaveLength(DEPTH_MAX);
  expect(problems).toEqual([expect.stringContaining("too deep in 1. Fetch it by its own id")]);
});

test("expandCollection() takes a bounded number of items, and says so", async () => {
  const many = Array.from({ length: ITEMS_MAX + 10 }, (_, at) => `${at + 1_000}`);

  const { ids, problems } = Object(await expand("1", { "1": many }));

  expect(ids).toHaveLength(ITEMS_MAX);
  expect(problems).toEqual([expect.stringContaining(`first ${ITEMS_MAX} items`)]);
});

test("expandCollection() keeps the rest when a collection within cannot be read", async () => {
  await using steam = await fakeSteamApi({ collections: { "1": ["10"] } });
  const how = { api: steam.url, fetch, signal: new AbortController().signal };

  const expanded = await expandCollection(
    "1",
    [
      { id: "7", isCollection: true },
      { id: "10", isCollection: false },
    ],
    how,
  );

  expect(expanded).toEqual({ ids: ["10"], problems: [expect.stringContaining("what is in the collection 7")] });
});
