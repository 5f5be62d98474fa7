import { expect, test } from "vitest";
import { createRate } from "./rate.ts";

test("createRate() allows the burst at once and then one at a time", () => {
  const rate = createRate({ burst: 3, everyMs: 1_000 });

  const waits = [0, 0, 0, 0, 400, 1_000, 1_000].map((now) => rate.take("a", now));

  expect(waits).toEqual([0, 0, 0, 1_000, 600, 0, 1_000]);
});

test("createRate() is full again after a pause and never fuller", () => {
  const rate = createRate({ burst: 2, everyMs: 1_000 });
  rate.take("a", 0);
  rate.take("a", 0);

  expect([1e9, 1e9, 1e9].map((now) => rate.take("a", now))).toEqual([0, 0, 1_000]);
});

test("createRate() counts every key by itself", () => {
  const rate = createRate({ burst: 1, everyMs: 1_000 });
  rate.take("a", 0);

  expect(rate.take("a", 0)).toBe(1_000);
  expect(rate.take("b", 0)).toBe(0);
});

test("createRate() forgets the key that was used longest ago when there are too many", () => {
  const rate = createRate({ burst: 2, everyMs: 1_000, keysMax: 2 });
  for (const key of ["a", "b", "a", "c"]) rate.take(key, 0);

  expect(rate.take("a", 0)).toBe(1_000);
  expect([rate.take("b", 0), rate.take("b", 0)]).toEqual([0, 0]);
});
