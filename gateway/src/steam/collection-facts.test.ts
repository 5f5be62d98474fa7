import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseCollection } from "./collection-facts.ts";

const fixture = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`./fixtures/getcollectiondetails-${name}.json`, import.meta.url), "utf8"));
const answer = (...collectiondetails: unknown[]) => ({ response: { result: 1, collectiondetails } });

test("parseCollection() reads a recorded collection and tells nested ones from items", () => {
  expect(parseCollection("9000000500", fixture("ok"))).toEqual({
    kind: "found",
    items: ["9000000101", "9000000102"],
    nested: ["9000000501"],
  });
});

test("parseCollection() knows what is no collection", () => {
  expect(parseCollection("9000000101", fixture("not-a-collection"))).toEqual({ kind: "not_a_collection" });
  expect(parseCollection("1", answer({ publishedfileid: "1", result: 1 }))).toEqual({ kind: "not_a_collection" });
  expect(parseCollection("1", answer())).toEqual({ kind: "not_a_collection" });
});

test("parseCollection() keeps the author's order and skips children that are no ids", () => {
  const children = [
    { publishedfileid: "3", sortorder: 2, filetype: 0 },
    { publishedfileid: "x", sortorder: 0 },
    null,
    { publishedfileid: "2", sortorder: 1 },
  ];

  expect(parseCollection("1", answer({ publishedfileid: "1", result: 1, children }))).toMatchObject({
    items: ["2", "3"],
  });
});

test("parseCollection() is null for what is no answer", () => {
  expect([null, {}, { response: {} }].map((json) => parseCollection("1", json))).toEqual([null, null, null]);
});
