import { closeSync, openSync, readdirSync, readFileSync, statSync } from "node:fs";
import { expect, test } from "vitest";
import { tempFolder } from "../test/temp-folder.ts";
import { appendDurably, replaceDurably } from "./durable-file.ts";

test("replaceDurably() leaves one private file with the new content", async () => {
  await using folder = await tempFolder();
  const path = folder.at("note");

  replaceDurably(path, "old and long");
  replaceDurably(path, "new");

  expect(readFileSync(path, "utf8")).toBe("new");
  expect(readdirSync(folder.path)).toEqual(["note"]);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test("appendDurably() adds behind what is there", async () => {
  await using folder = await tempFolder();
  replaceDurably(folder.at("note"), "a\n");
  const file = openSync(folder.at("note"), "a");

  appendDurably(file, "b\n");
  appendDurably(file, "ü\n");
  closeSync(file);

  expect(readFileSync(folder.at("note"), "utf8")).toBe("a\nb\nü\n");
});

test("appendDurably() complains where it cannot write", async () => {
  await using folder = await tempFolder();
  replaceDurably(folder.at("note"), "a\n");
  const file = openSync(folder.at("note"), "r");

  expect(() => appendDurably(file, "b\n")).toThrow();
  closeSync(file);
  expect(readFileSync(folder.at("note"), "utf8")).toBe("a\n");
});
