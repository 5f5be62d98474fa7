import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import { createProgressBoard } from "./progress-board.ts";

test("createProgressBoard() begins every line with its row's name", () => {
  let text = "";
  const board = createProgressBoard({ output: { write: (more) => (text += more) }, now: () => 0 });
  const [one, two] = [board.row("1"), board.row("2")];
  one.stage("Downloading");
  two.stage("Waiting");
  one.update({ bytes: 5, total: 10 });
  board.stop();

  expect(text).toBe("1: Downloading\n2: Waiting\n1: Downloading: 50 % (5 bytes of 10 bytes)\n");
});

test("createProgressBoard() draws a bar for each row on a terminal", () => {
  let text = "";
  const output = { isTTY: true, write: (more: string) => (text += more) };
  const board = createProgressBoard({ output, now: () => 0 });
  const [one, two] = [board.row("1"), board.row("2")];
  one.stage("Downloading");
  one.update({ bytes: 5, total: 10 });
  two.stage("Waiting");
  board.stop();

  const lines = stripVTControlCharacters(text).split(/\r?\n|\r/);
  expect(lines.some((line) => /1 \[=+-+\] Downloading 50 % \(5 bytes of 10 bytes\)/.test(line))).toBe(true);
  expect(lines.some((line) => /2 \[-+\] Waiting/.test(line))).toBe(true);
});

test("createProgressBoard() keeps bars only for what goes on", () => {
  let text = "";
  const output = { isTTY: true, write: (more: string) => (text += more) };
  const board = createProgressBoard({ output, now: () => 0 });
  const [one, two] = [board.row("1"), board.row("2")];
  one.stage("Done");
  two.stage("Downloading {bar}");
  one.stop();
  expect(stripVTControlCharacters(text)).toContain("1 Done\n");
  text = "";
  board.stop();

  const shown = stripVTControlCharacters(text);
  expect(shown).toContain("2 [");
  expect(shown).toContain("Downloading {bar}");
  expect(shown).not.toContain("1 [");
});
