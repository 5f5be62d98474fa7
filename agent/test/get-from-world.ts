import { readdir, readFile } from "node:fs/promises";
import { type GetFromOptions, getFromCommand } from "../src/commands/get/library/get-from.ts";
import { type ArchiveRule, type FakeMod, fakeLibrary } from "./fake-library.ts";
import { getBench } from "./get-bench.ts";

export const ARCHIVE: Buffer = Buffer.from("0123456789".repeat(40_000));
export const HARMONY: FakeMod = { name: "Harmony", archive: ARCHIVE };
export const FILE = "Harmony-42.zip";

/** `get --from` with a library in the test's hand; Harmony is its item 42 unless other mods are given. */
export async function getFromWorld(mods: Record<string, FakeMod> = { "42": HARMONY }, rule?: ArchiveRule) {
  const bench = await getBench();
  const library = await fakeLibrary(mods, rule);
  const get = (targets: readonly string[] = ["42"], options: Partial<GetFromOptions> = {}) =>
    getFromCommand({ targets, from: library.url, force: false, json: false, asFile: false, ...options }, bench.context);
  return {
    ...{ ...bench, ...library, get },
    here: () => readdir(bench.folder.at("here")),
    read: (file = FILE) => readFile(bench.folder.at("here", file)),
    /** What `--json` has said. */
    resultsById: (): unknown[] =>
      bench.written.out
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line))
        .toSorted((a, b) => a.id - b.id),
  };
}
