import { expect, test } from "vitest";
import { checkConditions, rangeStillHolds } from "./preconditions.ts";

const MODIFIED = "Fri, 20 Nov 2026 15:30:00 GMT";
const HERE = { etag: '"abc"', modifiedAt: Date.parse(MODIFIED) + 500 };
const BEFORE = "Fri, 20 Nov 2026 15:29:59 GMT";
const AFTER = "Fri, 20 Nov 2026 15:30:01 GMT";

const from = (headers: Record<string, string>) => (name: string) => headers[name];

test.each([
  [{}, "go_on"],
  [{ "if-none-match": '"abc"' }, "not_modified"],
  [{ "if-none-match": '"x", W/"abc"' }, "not_modified"],
  [{ "if-none-match": "*" }, "not_modified"],
  [{ "if-none-match": '"x"' }, "go_on"],
  [{ "if-none-match": "junk" }, "go_on"],
  [{ "if-modified-since": MODIFIED }, "not_modified"],
  [{ "if-modified-since": AFTER }, "not_modified"],
  [{ "if-modified-since": BEFORE }, "go_on"],
  [{ "if-modified-since": "yesterday" }, "go_on"],
  [{ "if-none-match": '"x"', "if-modified-since": AFTER }, "go_on"],
  [{ "if-match": '"abc"' }, "go_on"],
  [{ "if-match": "*" }, "go_on"],
  [{ "if-match": '"x"' }, "failed"],
  [{ "if-match": 'W/"abc"' }, "failed"],
  [{ "if-unmodified-since": BEFORE }, "failed"],
  [{ "if-unmodified-since": MODIFIED }, "go_on"],
  [{ "if-match": '"abc"', "if-unmodified-since": BEFORE }, "go_on"],
  [{ "if-match": '"x"', "if-none-match": '"abc"' }, "failed"],
])("checkConditions(%j) says %s", (headers, expected) => {
  expect(checkConditions(from(headers), HERE)).toBe(expected);
});

test("checkConditions() ignores dates where nobody knows when it changed", () => {
  const header = from({ "if-modified-since": AFTER, "if-unmodified-since": BEFORE });

  expect(checkConditions(header, { etag: '"abc"', modifiedAt: null })).toBe("go_on");
});

test.each([
  [undefined, true],
  ['"abc"', true],
  ['"x"', false],
  ['W/"abc"', false],
  [MODIFIED, true],
  [AFTER, false],
  ["junk", false],
])("rangeStillHolds() for If-Range %j is %j", (ifRange, expected) => {
  expect(rangeStillHolds(from(ifRange === undefined ? {} : { "if-range": ifRange }), HERE)).toBe(expected);
});
