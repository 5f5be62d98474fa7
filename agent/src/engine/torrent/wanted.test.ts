import { describe, expect, test } from "vitest";
import { TorrentFailure } from "./torrent-failure.ts";
import { chooseFiles } from "./wanted.ts";

const listed = (...paths: string[]) => paths.map((path) => ({ path, bytes: 10 }));
const choose = (paths: string[], picked?: string[], maxBytes = 1_000) =>
  chooseFiles(listed(...paths), { picked, maxBytes }).files.map(({ inside }) => inside);

/** Code and detail of the refusal. */
function refusal(...given: Parameters<typeof choose>): string {
  try {
    return `chosen ${choose(...given).join()}`;
  } catch (error) {
    if (!(error instanceof TorrentFailure)) throw error;
    return `${error.report.code} ${error.report.detail}`;
  }
}

describe("chooseFiles()", () => {
  test("chooseFiles() takes all files without the torrent's folder, and a single file as itself", () => {
    expect(choose(["pack/a", "pack/sub/b"])).toEqual(["a", "sub/b"]);
    expect(choose(["map.bsp"])).toEqual(["map.bsp"]);
    expect(chooseFiles(listed("pack/a", "pack/b"), { picked: undefined, maxBytes: 20 })).toMatchObject({
      ...{ name: "pack", bytes: 20 },
    });
  });

  test("chooseFiles() leaves out what only fills pieces up", () => {
    expect(choose(["pack/a", "pack/.pad/123", "pack/_____padding_file_0_please_update____"])).toEqual(["a"]);
    expect(choose(["pack/.pad/notes.txt"])).toEqual([".pad/notes.txt"]);
  });

  test("chooseFiles() takes a pick in either form, each file once, the full path first", () => {
    expect(choose(["pack/a", "pack/b"], ["a", "pack/a"])).toEqual(["a"]);
    expect(choose(["a/b", "a/a/b"], ["a/b"])).toEqual(["b"]);
    expect(refusal(["pack/a"], ["c"])).toBe('source_not_found The torrent has no file "c"');
    expect(refusal(["pack/sub/b"], ["sub"])).toMatch(/^source_not_found/);
  });

  test("chooseFiles() counts only what is wanted", () => {
    expect(refusal(["pack/a", "pack/b"], undefined, 19)).toMatch(/^too_large .* 20 bytes, more than 19/);
    expect(choose(["pack/a", "pack/b"], ["a"], 19)).toEqual(["a"]);
    expect(refusal([])).toMatch(/^empty_result/);
  });

  test.each([
    ["a reserved name", ["pack/NUL.txt"]],
    ["a way out", ["pack/../../etc/passwd"]],
    ["a control character", ["pack/a\u0007"]],
    ["a name twice", ["pack/Readme", "pack/README"]],
    ["a file below a file", ["pack/a/b", "pack/A"]],
  ])("chooseFiles() refuses %s", (_, paths) => {
    expect(refusal(paths)).toMatch(/^unsafe_content/);
  });

  test("chooseFiles() minds only the names of what is wanted", () => {
    expect(choose(["pack/NUL.txt", "pack/a"], ["a"])).toEqual(["a"]);
  });
});
