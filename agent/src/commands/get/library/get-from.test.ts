import { mkdir, readdir, writeFile } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { Command } from "commander";
import { expect, test } from "vitest";
import { refuse } from "../../../../test/fake-library.ts";
import { ARCHIVE, FILE, getFromWorld, HARMONY } from "../../../../test/get-from-world.ts";
import { sha256 } from "../../../../test/read-zip.ts";
import { registerGet } from "../register-get.ts";
import { getFromCommand } from "./get-from.ts";

/** Sends half of the archive, then breaks the line. */
function breakOff(response: ServerResponse): boolean {
  response.writeHead(200, { etag: `"${sha256(ARCHIVE)}"`, "content-length": ARCHIVE.length });
  response.write(ARCHIVE.subarray(0, ARCHIVE.length / 2), () => response.socket?.end());
  return true;
}

test("getFromCommand() writes a mod that is in the library, named for it", async () => {
  const all = await getFromWorld();

  expect(await all.get(["https://steamcommunity.com/sharedfiles/filedetails/?id=42"])).toBe(0);

  expect(await all.here()).toEqual([FILE]);
  expect((await all.read()).equals(ARCHIVE)).toBe(true);
  expect(all.written.out).toBe(`Wrote ${all.folder.at("here", FILE)} (400.0 kB)\n`);
  expect(all.asked).toEqual(["POST /api/mods/42/fetch", "GET /api/mods/42/versions/7/archive"]);
});

test("getFromCommand() waits for a job and tells its place, its stage and its bytes", async () => {
  const leased = { state: "leased", stage: "downloading", bytes: 50, total: 100 };
  const job = [{ place: 3 }, { place: 1 }, leased, { state: "verifying" }];
  const all = await getFromWorld({ "42": { ...HARMONY, job } });

  expect(await all.get()).toBe(0);

  const lines = all.written.err.split("\n").filter((line) => !/Downloading: /.test(line));
  expect(lines).toEqual([
    ...["42: Asking the library", "42: In the queue, place 3", "42: In the queue, place 1"],
    ...["42: An agent downloads it", "42: An agent downloads it: 50 % (50 bytes of 100 bytes)"],
    ...["42: The library checks it", "42: Downloading", "42: Checking", "42: Done", ""],
  ]);
});

test("getFromCommand() goes on where the line broke, and checks the whole", async () => {
  const all = await getFromWorld(undefined, ({ response, count }) => count === 1 && breakOff(response));

  expect(await all.get()).toBe(0);

  expect((await all.read()).equals(ARCHIVE)).toBe(true);
  expect(all.asked.at(-1)).toMatch(/archive bytes=[1-9]\d*-$/);
  expect(all.pauses).toEqual([1_000]);
});

test("getFromCommand() keeps what arrived when it is interrupted, and the next command goes on from there", async () => {
  const all = await getFromWorld(undefined, ({ response, count }) => count === 1 && breakOff(response));
  const sleep = async () => all.interrupt();

  const context = { ...all.context, sleep };
  const options = { targets: ["42"], from: all.url, force: false, json: false, asFile: false };
  expect(await getFromCommand(options, context)).toBe(130);
  expect((await all.here()).sort()).toEqual([`.${FILE}.42.etag`, `.${FILE}.42.part`]);
  expect(all.written.err).toMatch(/Interrupted\. What arrived is kept: the same command goes on from there\n$/);

  const { signal } = new AbortController();
  expect(await getFromCommand(options, { ...context, signal })).toBe(0);
  expect(all.asked.at(-1)).toMatch(/archive bytes=[1-9]\d*-$/);
  expect(await all.here()).toEqual([FILE]);
});

test("getFromCommand() never mixes two archives, nor takes bytes nobody can name", async () => {
  const all = await getFromWorld();
  const draft = all.folder.at("here", `.${FILE}.42`);
  await writeFile(`${draft}.part`, "of another version");
  await writeFile(`${draft}.etag`, '"another"');
  await expect(all.get()).resolves.toBe(0);
  await writeFile(`${draft}.part`, "of nobody knows what");
  await expect(all.get(["42"], { force: true })).resolves.toBe(0);

  expect((await all.read()).equals(ARCHIVE)).toBe(true);
  expect(all.asked.filter((line) => line.includes("archive"))).toEqual([
    "GET /api/mods/42/versions/7/archive bytes=18-",
    "GET /api/mods/42/versions/7/archive",
  ]);
});

test("getFromCommand() takes a whole archive that only waited for its name", async () => {
  const all = await getFromWorld();
  const draft = all.folder.at("here", `.${FILE}.42`);
  await writeFile(`${draft}.part`, ARCHIVE);
  await writeFile(`${draft}.etag`, `"${sha256(ARCHIVE)}"`);

  expect(await all.get()).toBe(0);
  expect(await all.here()).toEqual([FILE]);
});

test("getFromCommand() refuses bytes that are not what the library promised, and keeps none of them", async () => {
  const all = await getFromWorld(undefined, ({ response }) => {
    response.writeHead(200, { etag: '"x"' }).end("something else");
    return true;
  });

  expect(await all.get(["42"], { json: true })).toBe(1);
  expect(await all.here()).toEqual([]);
  expect(JSON.parse(all.written.out)).toEqual({
    ...{ ok: false, kind: "workshop", target: "42", id: "42", code: null },
    message: "Cannot get 42: the archive arrived damaged. Try again",
  });
});

test("getFromCommand() saves an imported archive that has no hash yet", async () => {
  const all = await getFromWorld({ "42": { ...HARMONY, isImported: true } });

  expect(await all.get(["42"], { json: true })).toBe(0);
  const file = all.folder.at("here", FILE);
  expect(JSON.parse(all.written.out)).toEqual({
    ...{ ok: true, kind: "workshop", target: "42", id: "42", title: "Harmony", version: null },
    ...{ file, bytes: ARCHIVE.length, sha256: sha256(ARCHIVE) },
  });
});

test("getFromCommand() gets several at once, and one that fails does not stop the others", async () => {
  const all = await getFromWorld({ "42": HARMONY, "43": { ...HARMONY, name: "../Other" } });
  await mkdir(all.folder.at("here", "mods"));

  expect(await all.get(["42", "44", "43", "42"], { output: "mods", json: true })).toBe(1);

  expect((await readdir(all.folder.at("here", "mods"))).sort()).toEqual([FILE, "Other-43.zip"]);
  expect(all.resultsById()).toMatchObject([
    { ok: true, id: "42", target: "42" },
    { ok: true, id: "43" },
    { ok: false, id: "44", code: "not_found", message: "Cannot get 44: Refused: not_found" },
  ]);
});

test("getFromCommand() makes the folder that several are written to, and takes it back where nothing came", async () => {
  const all = await getFromWorld({ "42": HARMONY, "43": { ...HARMONY, name: "Other" } });

  expect(await all.get(["44", "45"], { output: "mods" })).toBe(1);
  expect(await all.here()).toEqual([]);
  expect(await all.get(["42", "43"], { output: "mods" })).toBe(0);
  expect((await readdir(all.folder.at("here", "mods"))).toSorted()).toEqual([FILE, "Other-43.zip"]);
});

test("getFromCommand() says why a job failed and what to do", async () => {
  const failure = { code: "needs_owner", message: "Only owners may have it", advice: "Ask one", retryable: false };
  const job = [{ state: "failed", failure, finishedAt: "2026-11-20T15:30:00.000Z" }];
  const all = await getFromWorld({ "42": { ...HARMONY, job } });

  expect(await all.get()).toBe(1);
  expect(all.written.err).toContain("Cannot get 42: Only owners may have it. Ask one\n");
});

test("getFromCommand() gives up on a library that is not there, and on a line that never holds", async () => {
  const all = await getFromWorld(undefined, ({ response }) => {
    response.setHeader("retry-after", "30");
    refuse(response, 503, "not_ready");
    return true;
  });

  expect(await all.get(["42"], { from: "http://127.0.0.1:1" })).toBe(1);
  expect(all.written.err).toContain("Cannot get 42: The gateway cannot be reached");
  expect(await all.get()).toBe(1);
  expect(all.written.err).toContain("Cannot get 42: Refused: not_ready. Try again in 30 s\n");
  expect(all.pauses).toHaveLength(5);
});

test("getFromCommand() says that what arrived is kept when a line never holds again", async () => {
  const all = await getFromWorld(undefined, ({ response, count }) => {
    if (count === 1) return breakOff(response);
    refuse(response, 503, "not_ready");
    return true;
  });

  expect(await all.get()).toBe(1);
  expect(all.written.err).toContain("Refused: not_ready. What arrived is kept: the same command goes on from there\n");
  expect((await all.here()).sort()).toEqual([`.${FILE}.42.etag`, `.${FILE}.42.part`]);
});

test.each([
  [["42"], { from: "nowhere" }, /^Cannot read --from "nowhere": give an address like/],
  [["42", "no"], {}, /^Cannot read "no": give a Workshop id/],
  [["42", "43"], { output: "/dev/null" }, /-o names a folder/],
])("getFromCommand() refuses %j with %j before it asks", async (targets, options, says) => {
  const all = await getFromWorld();

  expect(await all.get(targets, options)).toBe(2);
  expect(all.written.err).toMatch(says);
  expect(all.asked).toEqual([]);
});

test("getFromCommand() leaves an existing file alone unless it is forced", async () => {
  const all = await getFromWorld();
  await writeFile(all.folder.at("here", FILE), "precious");

  expect(await all.get()).toBe(2);
  expect(all.written.err).toMatch(/exists already\. Use --force/);
  expect((await all.read()).toString()).toBe("precious");
});

test("getFromCommand() is done with an archive that an earlier command has written", async () => {
  const all = await getFromWorld();
  expect(await all.get()).toBe(0);

  expect(await all.get(["42"], { json: true })).toBe(0);

  const file = all.folder.at("here", FILE);
  expect(JSON.parse(all.written.out.split("\n")[1] ?? "")).toMatchObject({ ok: true, file, sha256: sha256(ARCHIVE) });
  expect(await all.get()).toBe(0);
  expect(all.written.out).toContain(`Have ${file} (400.0 kB)\n`);
  expect(all.asked.filter((line) => line.startsWith("GET"))).toHaveLength(1);
});

test("getFromCommand() leaves a file of the archive's size alone when its bytes are others", async () => {
  const all = await getFromWorld();
  await writeFile(all.folder.at("here", FILE), Buffer.alloc(ARCHIVE.length));

  expect(await all.get()).toBe(2);
  expect((await all.read()).equals(Buffer.alloc(ARCHIVE.length))).toBe(true);
});

test("registerGet() asks the library that --from names", async () => {
  const all = await getFromWorld();
  const exits: number[] = [];
  const program = new Command();
  registerGet(program, { ...all.context, exit: (code) => exits.push(code) });

  await program.parseAsync(["get", "42", "--from", all.url], { from: "user" });

  expect(exits).toEqual([0]);
  expect(await all.here()).toEqual([FILE]);
});
