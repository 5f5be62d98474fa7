import fc from "fast-check";
import { expect, test } from "vitest";
import { compact, isInt64, parseBoolean, parseInteger } from "./python-values.ts";

test.each([
  ["5", 5n],
  ["+5", 5n],
  ["-5", -5n],
  ["-0", 0n],
  ["007", 7n],
  [" 5 ", 5n],
  ["\t\n\v\f\r5\u00a0\u0085\u2003\u3000", 5n],
  ["1_0", 10n],
  ["1_0_0", 100n],
  ["1٣", 13n],
  ["５", 5n],
  ["𝟙𝟚", 12n],
  ["9223372036854775808", 2n ** 63n],
])("parseInteger() reads %j as Python does", (text, value) => {
  expect(parseInteger(text)).toBe(value);
});

test.each([
  "",
  " ",
  "x",
  "1.0",
  "1e3",
  "0x10",
  "_1",
  "1_",
  "1__0",
  "+_1",
  "- 5",
  "+",
  "++5",
  "²",
  "\ufeff5",
  "\u200b5",
  "\u001c5",
  "5\0",
  "½",
])("parseInteger() refuses %j as Python does", (text) => {
  expect(parseInteger(text)).toBeNull();
});

test("parseInteger() reads 4300 characters and no more", () => {
  expect(parseInteger("9".repeat(4_300))).toBe(10n ** 4_300n - 1n);
  expect(parseInteger("9".repeat(4_301))).toBeNull();
  expect(parseInteger(` ${"9".repeat(4_300)}`)).toBeNull();
  expect(parseInteger("𝟙".repeat(4_300))).toBe((10n ** 4_300n - 1n) / 9n);
});

test("parseInteger() gives back every integer that was written", () => {
  fc.assert(
    fc.property(fc.bigInt(), (value) => {
      expect(parseInteger(value.toString())).toBe(value);
    }),
  );
});

test.each([
  ...["1", "on", "t", "true", "y", "yes", "ON", "True", "yEs"].map((text) => [text, true] as const),
  ...["0", "off", "f", "false", "n", "no", "OFF", "False", "nO"].map((text) => [text, false] as const),
  ...["", "2", " true", "true ", "ja", "-1", "1.0", "None"].map((text) => [text, null] as const),
])("parseBoolean() of %j is %s", (text, value) => {
  expect(parseBoolean(text)).toBe(value);
});

test("compact() and isInt64() keep every integer exact", () => {
  fc.assert(
    fc.property(fc.bigInt(), (value) => {
      expect(BigInt(compact(value))).toBe(value);
      expect(isInt64(value)).toBe(BigInt.asIntN(64, value) === value);
    }),
  );
});
