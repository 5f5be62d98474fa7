import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Cursor } from "./page.ts";
import { decodeCursor, encodeCursor } from "./page.ts";

const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

test("decodeCursor() gives back what encodeCursor() was given", async () => {
  const cursors = fc.record({
    sort: fc.constantFrom("name", "-downloads"),
    value: fc.oneof(fc.maxSafeInteger(), fc.string({ unit: "binary", maxLength: 500 })),
    id: fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }).map(String),
  });

  await fc.assert(
    fc.property(cursors, (cursor: Cursor) => {
      expect(decodeCursor(encodeCursor(cursor), cursor.sort)).toEqual(cursor);
    }),
  );
});

test("encodeCursor() gives text that needs no escaping in a URL", () => {
  const text = encodeCursor({ sort: "name", value: "мод ?&/+ 100%", id: "9223372036854775807" });

  expect(encodeURIComponent(text)).toBe(text);
});

test("decodeCursor() refuses the cursor of another order", () => {
  expect(decodeCursor(encodeCursor({ sort: "name", value: "a", id: "1" }), "-name")).toBeNull();
});

test.each([
  ["nothing", ""],
  ["other characters", "a b"],
  ["no JSON", Buffer.from("{").toString("base64url")],
  ["another shape", encoded({ sort: "name" })],
  ["a part too few", encoded(["name", 1])],
  ["a fraction", encoded(["name", 1.5, "1"])],
  ["a number beyond 2^53", Buffer.from('["name", 9007199254740993, "1"]').toString("base64url")],
  ["far too long", encoded(["name", "x".repeat(10_000), "1"])],
])("decodeCursor() refuses %s", (_, text) => {
  expect(decodeCursor(text, "name")).toBeNull();
});

test("decodeCursor() never throws, whatever comes", async () => {
  await fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json().map((json) => Buffer.from(json).toString("base64url")),
      ),
      (text) => {
        expect(() => decodeCursor(text, "name")).not.toThrow();
      },
    ),
  );
});
