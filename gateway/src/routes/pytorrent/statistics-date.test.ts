import { expect, test } from "vitest";
import { dayFault, parseDay, printDay } from "./statistics-date.ts";

// Every answer here is pydantic 1.10's own.
test.each([
  ["2026-11-20", "2026-11-20"],
  ["2026-1-5", "2026-01-05"],
  ["2026-1-5\n", "2026-01-05"],
  ["2024-02-29", "2024-02-29"],
  ["0001-01-01", "0001-01-01"],
  ["0099-12-31", "0099-12-31"],
  ["٢٠٢٦-١١-٢٠", "2026-11-20"],
  ["20261120", "1970-08-23"],
  ["1793000000", "2026-10-26"],
  ["1793000000.5", "2026-10-26"],
  ["1793000000000", "2026-10-26"],
  ["1793000000000000", "2026-10-26"],
  ["20000000000", "2603-10-11"],
  ["20000000001", "1970-08-20"],
  ["-86400", "1969-12-31"],
  ["-86401", "1969-12-30"],
  ["86399.9999994", "1970-01-01"],
  ["86399.9999996", "1970-01-02"],
  ["1e9", "2001-09-09"],
  [" +1_0.0_1e1_0\t", "1973-03-04"],
  ["５\u00a0", "1970-01-01"],
  [".5", "1970-01-01"],
  ["1.", "1970-01-01"],
  ["inf", "9999-12-31"],
  ["1e400", "9999-12-31"],
  ["3.1e20", "9999-12-31"],
  ["-Infinity", "0001-01-01"],
])("parseDay() reads %j as %s", (text, day) => {
  const read = parseDay(text);

  expect(read === null ? null : printDay(read)).toBe(day);
});

test.each([
  ...["", "yesterday", " 2026-1-5", "2026-1-5 ", "2026-02-30", "2023-02-29", "0000-01-01", "2026-13-01", "2026-1-0"],
  ...["10000-01-01", "2026/1/5", "-2026-11-20", "2026-11-20T00:00", "1__0", "_1", "1_", ".", "1e", "0x10", "1,5", "²"],
  ...["\ufeff5", "\u001c5", "infin", "nan"],
])("parseDay() does not read %j", (text) => {
  expect(parseDay(text)).toBeNull();
});

test("parseDay() is quick with long blanks", () => {
  expect(parseDay(`${" ".repeat(100_000)}x${" ".repeat(100_000)}`)).toBeNull();
});

test("dayFault() names the float that Python cannot turn into a day", () => {
  expect(dayFault(" NaN")).toEqual({ msg: "cannot convert float NaN to integer", type: "value_error" });
  expect(dayFault("x")).toEqual({ msg: "invalid date format", type: "value_error.date" });
  expect(dayFault(undefined)).toEqual(dayFault("x"));
});
