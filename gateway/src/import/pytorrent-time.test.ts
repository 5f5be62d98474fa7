import { expect, test } from "vitest";
import { parseTime, toMicros } from "./pytorrent-time.ts";

test("parseTime() takes PyTorrent's local time as UTC and keeps its microseconds", () => {
  expect(parseTime("2026-11-20 15:30:00.042007")).toEqual({ ms: Date.UTC(2026, 10, 20, 15, 30, 0, 42), micros: 7 });
  expect(parseTime("2026-11-20 15:30:00")).toEqual({ ms: Date.UTC(2026, 10, 20, 15, 30), micros: 0 });
  expect(parseTime("2026-11-20")).toEqual({ ms: Date.UTC(2026, 10, 20), micros: 0 });
});

test("parseTime() keeps times before 1970 in order", () => {
  const before = parseTime("1969-12-31 23:59:59.999999");

  expect(before).toEqual({ ms: -1, micros: 999 });
  expect(before && toMicros(before)).toBe(-1);
});

test.each([
  "",
  "now",
  "2026-02-30 00:00:00",
  "2026-13-01",
  "2026-11-20 24:00:00",
  "0001-01-01",
  "9999-12-31",
  "20261120",
])("parseTime() knows no time %j", (text) => {
  expect(parseTime(text)).toBeNull();
});
