import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { codeOf, isForTests, readSourceFiles, type SourceFile } from "./source-files.ts";

const LINES_MAX = 300;
const files = readSourceFiles(fileURLToPath(new URL("..", import.meta.url)));
const sources = files.filter(({ path }) => !isForTests(path));
const pathsWhere = (list: readonly SourceFile[], says: (code: string) => boolean): string[] =>
  list.filter(({ text }) => says(codeOf(text, { strings: "blank" }))).map(({ path }) => path);

test("source files fit on a few screens", () => {
  expect(sources.filter(({ text }) => text.split("\n").length > LINES_MAX).map(({ path }) => path)).toEqual([]);
});

test("files have names of small letters, digits and hyphens", () => {
  expect(files.map(({ path }) => path).filter((path) => !/^([a-z0-9-]+\/)+[a-z0-9.-]+\.ts$/.test(path))).toEqual([]);
});

test("no test replaces a module", () => {
  const mocks = /\bvi\.(mock|doMock|stubGlobal)\b/;

  expect(pathsWhere(files, (code) => mocks.test(code))).toEqual([]);
});

test("nothing tells of the machine it was written on", () => {
  const places = /['"`/ ](\/work|\/home\/\w+|\/root|\/Users\/\w+)\//;
  const told = files.filter(({ path, text }) => path !== "deploy/style.test.ts" && places.test(text));

  expect(told.map(({ path }) => path)).toEqual([]);
});
