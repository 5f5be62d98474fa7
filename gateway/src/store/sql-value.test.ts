import { expect, test } from "vitest";
import { argumentNames, toBound, toRow } from "./sql-value.ts";

test("argumentNames() finds each name once, and none in texts, names and comments", () => {
  const sql = `SELECT :a, ':b', ":c", 'it''s :d' -- :e
               /* :f */ FROM t WHERE x = :a AND y = :long_name2`;

  expect(argumentNames(sql)).toEqual(["a", "long_name2"]);
});

test("toBound() takes what is named only, and whole numbers as integers", () => {
  expect(toBound(["a", "b", "c"], { a: 1, b: 1.5, c: null, d: 4 })).toEqual({ a: 1n, b: 1.5, c: null });
});

test("toBound() keeps numbers that are no exact integers as they are", () => {
  expect(toBound(["a", "b"], { a: 2 ** 60, b: Number.NaN })).toEqual({ a: 2 ** 60, b: Number.NaN });
});

test("toBound() refuses an argument that is missing", () => {
  expect(() => toBound(["a"], {})).toThrow("no value for :a");
});

test("toRow() refuses what no database gives", () => {
  expect(() => toRow([["a", true]])).toThrow("it holds boolean");
});
