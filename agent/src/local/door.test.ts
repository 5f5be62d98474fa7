import { describe, expect, test } from "vitest";
import { doorFor, pathOf } from "./door.ts";

test.each([
  ["/", "/"],
  ["/?a=/b", "/"],
  ["/a/b?c", "/a/b"],
  ["//", ""],
])("pathOf() of %s is %s", (url, path) => {
  expect(pathOf({ url })).toBe(path);
});

describe("doorFor()", () => {
  const doors = [{ path: "/" }, { path: "/v1/", takesBelow: true }];

  test.each([
    ["/", "/"],
    ["/v1/", "/v1/"],
    ["/v1/sessions", "/v1/"],
    ["/v1", "/v1/"],
    ["/v10/", undefined],
    ["/api/status", undefined],
    ["", undefined],
  ])("doorFor() of %s is %s", (path, expected) => {
    expect(doorFor(doors, path)?.path).toBe(expected);
  });
});
