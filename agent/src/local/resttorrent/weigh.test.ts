import { expect, test } from "vitest";
import { weigh } from "./weigh.ts";

const nested = (depth: number): unknown => JSON.parse("[".repeat(depth) + "]".repeat(depth));

test("weigh() counts texts and bytes wherever they lie", () => {
  expect(weigh("x".repeat(1_000))).toBe(1_000);
  expect(weigh({ file: Buffer.alloc(5_000), deeper: [{ magnet: "x".repeat(1_000) }, null, 7, true] })).toBeCloseTo(
    6_000,
    -2,
  );
});

test("weigh() counts what has nothing in it", () => {
  expect(weigh(Array(1_000).fill(null))).toBeGreaterThan(1_000);
});

test("weigh() finds what is nested too deeply infinite, however deep it is", () => {
  expect(weigh(nested(16))).toBeLessThan(1_000);
  expect(weigh(nested(17))).toBe(Number.POSITIVE_INFINITY);
  expect(weigh({ t_id: nested(200_000) })).toBe(Number.POSITIVE_INFINITY);
});
