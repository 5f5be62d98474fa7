import { randomBytes } from "node:crypto";
import { access, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempFolder } from "../../test/archives.ts";
import { PRISTINE } from "../../test/pytorrent/installation.ts";
import { runCli } from "../cli.ts";

/** The command line over a fresh data folder, with what it printed. */
async function console(options: { stopAtOnce?: boolean } = {}) {
  const folder = await tempFolder();
  const data = join(folder.path, "data");
  return {
    data,
    async run(...argv: string[]) {
      const [out, err]: [string[], string[]] = [[], []];
      const code = await runCli({
        ...{ name: "node", argv: ["import-pytorrent", ...argv], env: { MODFLEET_DATA: data, MODFLEET_LOG: "error" } },
        ...{ now: () => 1_700_000_000_000, random: () => 0.5, randomBytes, fetch: globalThis.fetch, parent: () => 1 },
        print: (line) => void out.push(line),
        complain: (line) => void err.push(line),
        onStopSignal: (listener) => void (options.stopAtOnce && listener()),
        listen: () => Promise.reject(new Error("Nothing listens here")),
      });
      return { code, out, err };
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

const FILES = ["--database", PRISTINE.database, "--statistics", PRISTINE.statistics];

test("import-pytorrent reports what it took on stdout and its steps on stderr", async () => {
  await using shell = await console();

  const { code, out, err } = await shell.run(...FILES, "--archives", PRISTINE.archives ?? "");

  expect(code).toBe(0);
  expect(out).toContainEqual(expect.stringMatching(/^mods +200 taken, 0 updated, 0 already here, 0 skipped$/));
  expect(out).toContainEqual(expect.stringMatching(/^archives +12 taken/));
  expect(err).toContainEqual(expect.stringMatching(/^resources \(\d+ of 5845 rows read\)$/));
});

test("import-pytorrent --json prints one object", async () => {
  await using shell = await console();

  const { code, out } = await shell.run("--database", PRISTINE.database, "--json");

  expect([code, out.length]).toEqual([0, 1]);
  expect(JSON.parse(out[0] ?? "")).toMatchObject({
    sections: expect.arrayContaining([expect.objectContaining({ name: "mods", taken: 200 })]),
  });
});

test.each([
  [[], 2, "--database"],
  [["--database", "/nowhere/database.db"], 2, "no such file"],
  [[...FILES, "--archives", "/nowhere"], 2, "no such folder"],
  [["--database", PRISTINE.statistics], 1, "give it with --statistics"],
  [["--database", import.meta.filename], 1, "no SQLite file"],
])("import-pytorrent %j ends with %d before anything is made", async (argv, code, why) => {
  await using shell = await console();

  const answer = await shell.run(...argv);

  expect(answer).toEqual({ code, out: [], err: [expect.stringContaining(why)] });
  await expect(access(shell.data)).rejects.toThrow("ENOENT");
});

test("import-pytorrent that is stopped says that it can be repeated, and changes nothing in its source", async () => {
  await using shell = await console({ stopAtOnce: true });
  const before = await readFile(PRISTINE.database);

  const { code, err } = await shell.run(...FILES);

  expect([code, err.at(-1)]).toEqual([1, "Stopped. What was taken stays; run it again for the rest"]);
  expect(await readFile(PRISTINE.database)).toEqual(before);
});
