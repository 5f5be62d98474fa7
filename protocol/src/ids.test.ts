import fc from "fast-check";
import { expect, test } from "vitest";
import { AgentId, Epoch, JobId, ModId, newId, Sha256 } from "./ids.ts";

test("newId() makes ids that their schema takes, whatever the random bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 20, maxLength: 20 }), (bytes) => {
      expect(JobId.safeParse(newId("job", () => bytes)).success).toBe(true);
      expect(AgentId.safeParse(newId("job", () => bytes)).success).toBe(false);
    }),
  );
});

test("newId() uses five bits of every byte", () => {
  const ids = Array.from({ length: 32 }, (_, value) => newId("agt", () => new Uint8Array(20).fill(value)));

  expect(new Set(ids).size).toBe(32);
});

test("ModId takes every positive 64-bit integer as decimal text", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }), (id) => {
      expect(ModId.parse(String(id))).toBe(String(id));
    }),
  );
});

test.each([
  "",
  "0",
  "-1",
  "+1",
  "01",
  "1.0",
  "1e3",
  " 1",
  "1\n",
  "x",
  "٣",
  "0x10",
  "9223372036854775808",
  "9".repeat(400),
])("ModId refuses %j and says the rule", (text) => {
  expect(ModId.safeParse(text).error?.issues.map((issue) => issue.message)).toEqual([
    "Must be a whole number from 1 to 9223372036854775807",
  ]);
});

test("ModId refuses numbers, which may have lost digits already", () => {
  expect(ModId.safeParse(42).success).toBe(false);
});

test("Sha256 and Epoch are strict", () => {
  expect(["a".repeat(63), "A".repeat(64), "g".repeat(64)].some((text) => Sha256.safeParse(text).success)).toBe(false);
  expect([0, -1, 1.5, "1", 2_000_000].some((value) => Epoch.safeParse(value).success)).toBe(false);
});
