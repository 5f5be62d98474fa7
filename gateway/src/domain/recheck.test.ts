import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  firstCheckAt,
  nextCheckAt,
  RECHECK_MAX_MS,
  RECHECK_MIN_MS,
  recheckEveryMs,
  removedCheckAt,
  retryCheckAt,
} from "./recheck.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = 1_800_000_000_000;

const facts = fc.record({
  downloads: fc.integer({ min: 0, max: 2 ** 40 }),
  updatedAt: fc.integer({ min: 0, max: NOW + DAY }),
});
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

test.each([
  [0, DAY, 6 * HOUR],
  [1_000, DAY, HOUR],
  [1_000, 30 * DAY, 16 * HOUR],
  [0, 30 * DAY, RECHECK_MAX_MS],
  [10, 30 * DAY, 40 * HOUR],
  [0, 5 * 365 * DAY, RECHECK_MAX_MS],
  [1_000_000, 0, HOUR],
])("recheckEveryMs() with %i downloads and %i ms of quiet is about %i ms", (downloads, quietMs, expected) => {
  const every = recheckEveryMs({ downloads, updatedAt: NOW - quietMs }, NOW);

  expect(Math.abs(every - expected)).toBeLessThanOrEqual(expected * 0.05);
});

test("recheckEveryMs() is between an hour and a week, and never longer for what more people want", () => {
  void fc.assert(
    fc.property(facts, fc.integer({ min: 1, max: 2 ** 40 }), (mod, more) => {
      const every = recheckEveryMs(mod, NOW);
      expect(every).toBeGreaterThanOrEqual(RECHECK_MIN_MS);
      expect(every).toBeLessThanOrEqual(RECHECK_MAX_MS);
      expect(recheckEveryMs({ ...mod, downloads: mod.downloads + more }, NOW)).toBeLessThanOrEqual(every);
      expect(recheckEveryMs(mod, NOW + more)).toBeGreaterThanOrEqual(every);
    }),
  );
});

test("nextCheckAt() strays at most a quarter from the rule", () => {
  void fc.assert(
    fc.property(facts, random, (mod, chance) => {
      const wait = nextCheckAt(mod, NOW, chance) - NOW;
      const every = recheckEveryMs(mod, NOW);
      expect(Math.abs(wait - every)).toBeLessThanOrEqual(every / 4 + 1);
    }),
  );
});

test("firstCheckAt() spreads what comes together over the whole of its time", () => {
  const mod = { downloads: 0, updatedAt: 0 };

  const times = Array.from({ length: 70 }, (_, n) => firstCheckAt(mod, NOW, n / 70) - NOW - HOUR / 2);

  const byDay = Array.from({ length: 7 }, (_, day) => times.filter((at) => Math.floor(at / DAY) === day).length);
  expect(byDay).toEqual([10, 10, 10, 10, 10, 10, 10]);
});

test("retryCheckAt() looks again within the hour, removedCheckAt() within days", () => {
  expect([retryCheckAt(NOW, 0) - NOW, retryCheckAt(NOW, 0.5) - NOW]).toEqual([0.75 * HOUR, HOUR]);
  expect([removedCheckAt(NOW, 0.5) - NOW, removedCheckAt(NOW, 1) - NOW]).toEqual([7 * DAY, 8.75 * DAY]);
});
