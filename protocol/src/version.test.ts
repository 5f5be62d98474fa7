import { expect, test } from "vitest";
import { commonVersion, PROTOCOL_VERSIONS } from "./version.ts";

test.each([
  [[1, 1], [1, 1], 1],
  [[1, 2], [1, 3], 2],
  [[2, 3], [1, 2], 2],
  [[2, 3], [1, 1], null],
  [[1, 1], [2, 3], null],
  [[1, 2], [2, 1], null],
] as const)("commonVersion(%j, %j) is %s", (ours, theirs, version) => {
  expect(commonVersion(ours, theirs)).toBe(version);
});

test("PROTOCOL_VERSIONS speaks at most two versions", () => {
  expect(PROTOCOL_VERSIONS[1] - PROTOCOL_VERSIONS[0]).toBeLessThanOrEqual(1);
});
