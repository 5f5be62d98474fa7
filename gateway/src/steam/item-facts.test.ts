import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { anItem } from "../../test/fake-steam.ts";
import { parseItems, webAddress } from "./item-facts.ts";

const fixture = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`./fixtures/getpublishedfiledetails-${name}.json`, import.meta.url), "utf8"));
const answer = (...publishedfiledetails: unknown[]) => ({ response: { result: 1, publishedfiledetails } });
const parseOne = (details: unknown) => parseItems(answer(details))?.get("42");
const factsOf = (details: Record<string, unknown>) => {
  const entry = parseOne(anItem("42", details));
  return entry !== undefined && "item" in entry ? entry.item : undefined;
};

test("parseItems() reads a recorded depot item", () => {
  expect(parseItems(fixture("depot-item"))?.get("9000000101")).toEqual({
    kind: "found",
    item: {
      id: "9000000101",
      app: 294100,
      title: "Example Mod",
      description: "[h1]Example[/h1]\r\nA description with [b]BBCode[/b].",
      sizeBytes: 4193021,
      fileUrl: null,
      versionKey: "1234567890123456789",
      createdAt: 1_600_000_000_000,
      updatedAt: 1_700_000_000_000,
      previewUrl: expect.stringMatching("^https://images"),
      creator: "76561197960265729",
      tags: ["Mod", "1.5"],
    },
  });
});

test("parseItems() reads a recorded legacy item with its address and a size that is a number", () => {
  const entry = parseItems(fixture("legacy-fileurl"))?.get("9000000401");

  expect(entry).toMatchObject({
    kind: "found",
    item: { sizeBytes: 52428800, fileUrl: expect.stringMatching("^https://steamusercontent"), app: 550 },
  });
});

test("parseItems() tells a removed item from one that is there in the same answer", () => {
  const items = parseItems(fixture("mixed-removed"));

  expect([...(items ?? [])].map(([id, entry]) => [id, entry.kind])).toEqual([
    ["9000000101", "found"],
    ["9000000199", "removed"],
  ]);
});

test.each([
  ["hcontent_file", { hcontent_file: "123" }, "123"],
  ["time_updated when it is empty", { hcontent_file: "" }, "1700000000"],
  ["time_updated when it is 0", { hcontent_file: "0" }, "1700000000"],
  ["an id beyond 2^53 unharmed", { hcontent_file: "9223372036854775807" }, "9223372036854775807"],
])("parseItems() takes as version key %s", (_, details, key) => {
  expect(factsOf(details)?.versionKey).toBe(key);
});

test.each([
  ["text", "17", 17],
  ["a number", 17, 17],
  ["nothing said", undefined, null],
  ["zero", "0", null],
  ["beyond what is safe", "9999999999999999", null],
  ["junk", "many", null],
  ["negative", -1, null],
])("parseItems() reads a file_size that is %s", (_, file_size, sizeBytes) => {
  expect(factsOf({ file_size })?.sizeBytes).toBe(sizeBytes);
});

test.each([
  [{ result: 9 }, "removed"],
  [{ result: 15 }, "removed"],
  [{ banned: 1 }, "removed"],
  [{ banned: true }, "removed"],
  [{ creator_app_id: 766 }, "collection"],
  [{ hcontent_file: "", file_size: 0 }, "empty"],
  [{ result: 2 }, "unclear"],
  [{ result: 84 }, "unclear"],
  [{ consumer_app_id: 0, creator_app_id: 0 }, "unclear"],
  [{ time_updated: "yesterday" }, "unclear"],
])("parseItems() of %j is %s", (details, kind) => {
  expect(parseOne(anItem("42", details))?.kind).toBe(kind);
});

test("parseItems() keeps hostile titles and tags as the data they are", () => {
  const hostile = `'; DROP TABLE mods; -- <script>alert(1)</script> \u0000 ${"x".repeat(5_000)}`;

  expect(factsOf({ title: hostile, tags: [{ tag: hostile }, { tag: hostile }, 7] })).toMatchObject({
    title: hostile,
    tags: [hostile],
  });
});

test("parseItems() drops addresses that are not on the web", () => {
  expect(factsOf({ preview_url: "javascript:alert(1)", file_url: "file:///etc/passwd" })).toMatchObject({
    previewUrl: null,
    fileUrl: null,
  });
});

test("parseItems() keeps the good entries beside broken ones and ids that are no ids", () => {
  const items = parseItems(
    answer(null, 7, { publishedfileid: 42 }, { publishedfileid: "-1", result: 1 }, anItem("43")),
  );

  expect([...(items?.keys() ?? [])]).toEqual(["43"]);
});

test("parseItems() is null for what is no answer, and never throws", () => {
  expect([{}, { response: {} }, { response: null }, [], "", null].map(parseItems)).toEqual(Array(6).fill(null));
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(parseItems(answer(value))).toBeInstanceOf(Map);
    }),
  );
});

test("webAddress() refuses what is too long for an offer", () => {
  expect(webAddress(`https://host/${"a".repeat(2_048)}`)).toBeNull();
});
