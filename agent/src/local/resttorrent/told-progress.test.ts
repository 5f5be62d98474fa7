import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { tempFolder } from "../../../test/temp-folder.ts";
import { silentLog } from "../../log.ts";
import { openToldProgress } from "./told-progress.ts";

const HASH = "a".repeat(40);

test("raise() answers with the greatest that was told, of each torrent", () => {
  const told = openToldProgress(null, silentLog);

  expect([0.2, 0.1, 0.3, 0].map((progress) => told.raise(HASH, progress))).toEqual([0.2, 0.2, 0.3, 0.3]);
  expect(told.raise("b".repeat(40), 0.1)).toBe(0.1);
});

test("openToldProgress() knows what was told before a restart, and to the percent before a crash", async () => {
  await using folder = await tempFolder();
  const path = folder.at("session", "told.json");
  const first = openToldProgress(path, silentLog);
  first.raise(HASH, 0.421);
  first.raise(HASH, 0.429);

  expect(openToldProgress(path, silentLog).raise(HASH, 0)).toBe(0.421);
  first.close();
  expect(openToldProgress(path, silentLog).raise(HASH, 0)).toBe(0.429);
});

test("forget() lets a torrent begin anew, after a restart, too", async () => {
  await using folder = await tempFolder();
  const told = openToldProgress(folder.at("told.json"), silentLog);
  told.raise(HASH, 0.5);

  told.forget(HASH);

  expect(told.raise(HASH, 0.001)).toBe(0.001);
  expect(openToldProgress(folder.at("told.json"), silentLog).raise(HASH, 0)).toBe(0);
});

test("close() is the last that is written", async () => {
  await using folder = await tempFolder();
  const told = openToldProgress(folder.at("told.json"), silentLog);
  told.raise(HASH, 0.5);
  told.close();
  const before = await readFile(folder.at("told.json"), "utf8");

  expect(told.raise(HASH, 0.9)).toBe(0.9);
  expect(await readFile(folder.at("told.json"), "utf8")).toBe(before);
});

test.each(["{", "[]", '{"x":1}', `{"${HASH}":7}`])(
  "openToldProgress() begins anew where the file is %j",
  async (text) => {
    await using folder = await tempFolder();
    await folder.write({ "told.json": text });

    expect(openToldProgress(folder.at("told.json"), silentLog).raise(HASH, 0.1)).toBe(0.1);
  },
);

test("raise() works on where its file cannot be written", async () => {
  await using folder = await tempFolder();
  await folder.write({ file: "x" });
  const told = openToldProgress(folder.at("file", "told.json"), silentLog);

  expect([0.5, 0.4].map((progress) => told.raise(HASH, progress))).toEqual([0.5, 0.5]);
});
