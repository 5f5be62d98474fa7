import { expect, test } from "vitest";
import { createBodyCache } from "./body-cache.ts";

function aCache(charactersMax = 1_000) {
  let made = 0;
  const cache = createBodyCache({ charactersMax });
  return {
    cache,
    made: () => made,
    ask: (key: string, revision = 1) =>
      cache.get(key, revision, async () => {
        made += 1;
        return `${key}:${made}`;
      }),
  };
}

test("createBodyCache() makes a body again after something happened", async () => {
  const { ask } = aCache();

  expect([await ask("a", 1), await ask("a", 2), await ask("a", 2)]).toEqual(["a:1", "a:2", "a:2"]);
});

test("createBodyCache() asks once for many who ask at one time", async () => {
  const { ask, made } = aCache();

  await Promise.all(Array.from({ length: 100 }, () => ask("a")));

  expect(made()).toBe(1);
});

test("createBodyCache() forgets what was not used for longest when it is full", async () => {
  const { ask } = aCache(9);

  await ask("a");
  await ask("b");
  await ask("a");
  await ask("c");

  expect(await ask("a")).toBe("a:1");
  expect(await ask("b")).toBe("b:4");
});

test("createBodyCache() does not keep a failure", async () => {
  const { cache, ask } = aCache();

  await expect(cache.get("a", 1, () => Promise.reject(new Error("No database")))).rejects.toThrow("No database");
  expect(await ask("a")).toBe("a:1");
});
