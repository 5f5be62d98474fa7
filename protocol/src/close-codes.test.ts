import { expect, test } from "vitest";
import { CLOSE_CODES, closeReason } from "./close-codes.ts";

test("CLOSE_CODES are distinct and lie in the range for applications", () => {
  const codes = Object.values(CLOSE_CODES).map((row) => row.code);

  expect(new Set(codes).size).toBe(codes.length);
  expect(codes.every((code) => code >= 4_000 && code <= 4_999)).toBe(true);
});

test("closeReason() finds every code of the table and no other", () => {
  const names = Object.keys(CLOSE_CODES);

  expect(Object.values(CLOSE_CODES).map((row) => closeReason(row.code))).toEqual(names);
  expect([1000, 1006, 4999].map(closeReason)).toEqual([null, null, null]);
});

test("CLOSE_CODES send nobody back who was superseded or revoked", () => {
  expect([CLOSE_CODES.superseded.comeBackMs, CLOSE_CODES.revoked.comeBackMs]).toEqual([null, null]);
});
