import fc from "fast-check";
import { expect, test } from "vitest";
import { parseList } from "./python-list.ts";

test.each([
  ["[1, 2]", [1, 2]],
  [' [ "a" , "34" ]\n', ["a", "34"]],
  ["[1.5, 1e3, -0]", [1.5, 1_000, 0]],
  ["[null]", [null]],
  ["[true, false]", [1, 0]],
  ["[9007199254740993]", [9_007_199_254_740_993n]],
  ["[9223372036854775807, -9223372036854775808]", [2n ** 63n - 1n, -(2n ** 63n)]],
  ["[9223372036854775808, -9223372036854775809, 1e999]", [null, null, null]],
  ['[[1], {"id": 1}, []]', [null, null, null]],
  ["[NaN, -Infinity, Infinity]", [null, null, null]],
  ['["NaN", "\\"Infinity"]', ["NaN", '"Infinity']],
  ["[1, 1, 1]", [1, 1, 1]],
])("parseList() of %s is what SQLite was given", (text, values) => {
  expect(parseList(text)).toEqual(values);
});

test.each([
  undefined,
  "",
  "abc",
  "34",
  '"x"',
  "null",
  '{"a": 1}',
  "[1",
  "[1,]",
  "[01]",
  "['a']",
  "[\ufeff1]",
  "[1NaN]",
  '["\n"]',
])("parseList() of %j is no filter", (text) => {
  expect(parseList(text)).toEqual([]);
});

test("parseList() gives up where Python does: on long integers and deep lists", () => {
  const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);

  expect(parseList(`[${"9".repeat(4_301)}]`)).toEqual([]);
  expect(parseList(`[${"9".repeat(4_300)}]`)).toEqual([null]);
  expect(parseList(nested(2))).toEqual([null]);
  expect([2_000, 100_000].map((depth) => parseList(nested(depth)))).toEqual([[], []]);
  expect(parseList(`[1234567890123456, ${nested(100_000)}]`)).toEqual([]);
});

test("parseList() never throws and gives back texts and integers as they were", () => {
  const element = fc.oneof(fc.string({ unit: "grapheme" }), fc.maxSafeInteger(), fc.constant(null));
  fc.assert(
    fc.property(fc.array(element), fc.string(), (list, junk) => {
      expect(parseList(JSON.stringify(list))).toEqual(list.map((value) => (value === 0 ? 0 : value)));
      expect(Array.isArray(parseList(junk))).toBe(true);
    }),
  );
});
