import { expect, test } from "vitest";
import { createCache } from "./cache.ts";

function cacheOf(max: number) {
  let time = 0;
  const cache = createCache<string>(max, () => time);
  return { cache, tick: (ms: number) => (time += ms) };
}

test("get() gives a value until its time is over", () => {
  const { cache, tick } = cacheOf(10);
  cache.set("a", "1", 100);

  expect(cache.get("a")).toBe("1");
  tick(100);
  expect(cache.get("a")).toBeUndefined();
  expect(cache.size).toBe(0);
});

test("set() drops the least recently used entry beyond the limit", () => {
  const { cache } = cacheOf(2);
  cache.set("a", "1", 100);
  cache.set("b", "2", 100);
  cache.get("a");

  cache.set("c", "3", 100);

  expect([cache.get("a"), cache.get("b"), cache.get("c")]).toEqual(["1", undefined, "3"]);
});

test("set() never holds more than its limit", () => {
  const { cache } = cacheOf(100);

  for (let n = 0; n < 10_000; n += 1) cache.set(`k${n}`, "v", 1_000);

  expect(cache.size).toBe(100);
});

test("set() without time to live forgets what was there", () => {
  const { cache } = cacheOf(2);
  cache.set("a", "1", 100);

  cache.set("a", "2", 0);

  expect(cache.get("a")).toBeUndefined();
});
