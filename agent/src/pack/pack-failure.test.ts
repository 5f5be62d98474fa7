import { openSync, writeSync } from "node:fs";
import { expect, test } from "vitest";
import { PackFailure, reasonOf, TargetFailure, toFailed, toFailureReport, writing } from "./pack-failure.ts";

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

test.each([
  ["a missing folder", "/missing/file", "internal", "no such file or directory (ENOENT)"],
  ["a file for a folder", "/dev/null/file", "internal", "not a directory (ENOTDIR)"],
])("writing() never blames the content for %s", (_what, path, code, why) => {
  const error = errorOf(() => writing(path, () => openSync(path, "w")));

  expect(toFailed(error)).toEqual({
    failure: { code, detail: `Cannot write ${path}: ${why}; its folder must exist and be writable` },
    unwritable: why,
  });
});

test("TargetFailure calls a full disk a full disk, and what must not be written internal", () => {
  const failure = (code: string) =>
    new TargetFailure("/a.zip", Object.assign(new Error(`${code}: text, write`), { code }));

  expect([failure("ENOSPC").code, failure("EDQUOT").code, failure("EACCES").code]).toEqual([
    "disk_full",
    "disk_full",
    "internal",
  ]);
  expect(failure("EACCES").message).toContain("Cannot write /a.zip: text (EACCES)");
});

test("toFailed() blames the target for nothing that reading does", () => {
  expect(toFailed(errorOf(() => openSync("/missing/file", "r")))).not.toHaveProperty("unwritable");
  expect(reasonOf("text")).toBe("text");
});
