import { openSync, writeSync } from "node:fs";
import { expect, test } from "vitest";
import { PackFailure, toFailureReport } from "./pack-failure.ts";

const errorOf = (act: () => unknown): unknown => {
  try {
    return act();
  } catch (error) {
    return error;
  }
};

test("toFailureReport() calls a full disk a full disk", () => {
  const error = errorOf(() => writeSync(openSync("/dev/full", "w"), "x"));

  expect(toFailureReport(error)).toMatchObject({ code: "disk_full", detail: expect.stringContaining("ENOSPC") });
});

test("toFailureReport() calls a file that vanished a changed source", () => {
  expect(toFailureReport(errorOf(() => openSync("/missing/file", "r")))).toMatchObject({ code: "source_changed" });
});

test("toFailureReport() keeps the code of a pack failure and calls the rest internal", () => {
  expect(toFailureReport(new PackFailure("too_large", "big"))).toEqual({ code: "too_large", detail: "big" });
  expect(toFailureReport(Object.assign(new Error("denied"), { code: "EACCES" }))).toEqual({
    code: "internal",
    detail: "denied",
  });
  expect(toFailureReport("text")).toEqual({ code: "internal", detail: "text" });
});
