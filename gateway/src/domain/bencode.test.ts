import { expect, test } from "vitest";
import { type Bencodable, bencode } from "./bencode.ts";

test.each<[Bencodable, string]>([
  [0, "i0e"],
  [-7, "i-7e"],
  [2 ** 53 - 1, "i9007199254740991e"],
  ["", "0:"],
  ["spam", "4:spam"],
  ["häuser", "7:häuser"],
  [[], "le"],
  [["a", [1]], "l1:ali1eee"],
  [{}, "de"],
  [{ b: 1, a: "x", "a-b": [], ab: {} }, "d1:a1:x3:a-ble2:abde1:bi1ee"],
])("bencode() writes %j as %s", (value, text) => {
  expect(Buffer.from(bencode(value)).toString()).toBe(text);
});

test("bencode() writes bytes as they are", () => {
  expect([...bencode(Uint8Array.of(0, 255, 58))]).toEqual([0x33, 0x3a, 0, 255, 58]);
});
