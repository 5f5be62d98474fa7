import { describe, expect, test } from "vitest";
import { contentRangeOf, isEncoded, isPage, retryAfterMsOf, unsatisfiedTotalOf } from "./headers.ts";

test.each([
  ["bytes 0-9/10", { from: 0, to: 10, total: 10 }],
  ["bytes 5-9/*", { from: 5, to: 10, total: null }],
  ["bytes 5-10/10", null],
  ["bytes 9-5/10", null],
  ["bytes */10", null],
  ["items 0-9/10", null],
  ["bytes 0-9/99999999999999999999", null],
])("contentRangeOf() reads %j", (text, range) => {
  expect(contentRangeOf({ "content-range": text })).toEqual(range);
});

test("unsatisfiedTotalOf() reads the size out of a 416", () => {
  expect(unsatisfiedTotalOf({ "content-range": "bytes */10" })).toBe(10);
  expect(unsatisfiedTotalOf({})).toBeNull();
});

describe("retryAfterMsOf()", () => {
  const date = "Sat, 21 Nov 2026 12:00:00 GMT";

  test.each([
    ["120", 120_000],
    ["0", 0],
    ["Sat, 21 Nov 2026 12:01:00 GMT", 60_000],
    ["Sat, 21 Nov 2026 11:00:00 GMT", 0],
    ["99999999999", 24 * 60 * 60_000],
    ["soon", null],
    ["-1", null],
  ])("retryAfterMsOf() reads %j", (text, ms) => {
    expect(retryAfterMsOf({ "retry-after": text, date })).toBe(ms);
  });

  test("retryAfterMsOf() does not compare a date with our own clock", () => {
    expect(retryAfterMsOf({ "retry-after": date })).toBeNull();
  });
});

test.each([
  [undefined, "/a", false],
  ["identity", "/a", false],
  ["gzip", "/a", true],
  ["gzip, identity", "/a.gz", true],
  ["gzip", "/a.tar.gz", false],
  ["x-gzip", "/a.tgz", false],
  ["br", "/a.gz", true],
])("isEncoded() judges %s of %s", (encoding, pathname, encoded) => {
  expect(isEncoded({ "content-encoding": encoding }, { pathname })).toBe(encoded);
});

test.each([
  ["text/html", undefined, true],
  ["TEXT/HTML; charset=utf-8", undefined, true],
  ["application/xhtml+xml", "inline", true],
  ["text/html", 'attachment; filename="a.html"', false],
  ["text/plain", undefined, false],
  [undefined, undefined, false],
])("isPage() judges %s with %s", (type, disposition, page) => {
  expect(isPage({ "content-type": type, "content-disposition": disposition })).toBe(page);
});
