import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { Command } from "commander";
import { expect, test } from "vitest";
import { anItem } from "../../../test/fake-steam-api.ts";
import { getWorld, PATIENT } from "../../../test/get-world.ts";
import { readZip, sha256 } from "../../../test/read-zip.ts";
import { complaints } from "../../../test/zip-testers.ts";
import { packFolder } from "../../pack/pack.ts";
import type { GetContext } from "./get-context.ts";
import { registerGet } from "./register-get.ts";

type World = Awaited<ReturnType<typeof getWorld>>;

const isNothingLeft = async ({ here, waiting }: World): Promise<boolean> =>
  (await here()).length === 0 && (await waiting()).length === 0;

test("getCommand() writes the item as a zip named for it and says so", async () => {
  const all = await getWorld();

  const exit = await all.get("42");

  const path = all.folder.at("here", "Example Mod-42.zip");
  expect([exit, all.out()]).toEqual([0, `Wrote ${path} (${(await readFile(path)).length} bytes, 1 file)\n`]);
  expect(all.err()).toBe(
    "Fetching Example Mod\nFetching Example Mod: 50 % (6 bytes of 12 bytes)\nPacking\nPacking: 100 % (6 bytes of 6 bytes)\n",
  );
  expect([...(await readZip(path)).keys()]).toEqual(["about.txt"]);
  expect(await complaints(path)).toEqual([]);
  expect(await readdir(all.folder.at("here"))).toEqual(["Example Mod-42.zip"]);
  expect(await readdir(all.folder.path)).not.toContain("scratch");
});

test("getCommand() asks the engine for what Steam says the item is", async () => {
  const fileUrl = "https://files.example/legacy.vpk";
  const all = await getWorld({
    items: { "42": anItem({ consumer_app_id: 550, file_size: 100, file_url: fileUrl }) },
  });

  await all.get("https://steamcommunity.com/sharedfiles/filedetails/?id=42&searchtext=x");

  expect(all.steam.asked).toEqual([
    { path: "/ISteamRemoteStorage/GetPublishedFileDetails/v1/", form: "itemcount=1&publishedfileids[0]=42" },
  ]);
  expect(all.engine.fetched[0]?.request).toMatchObject({
    source: { kind: "workshop", app: 550, item: "42", fileUrl },
    expectedBytes: 100,
  });
});

test("getCommand() writes to the file it is told and prints one JSON object", async () => {
  const all = await getWorld();

  const exit = await all.get("42", { output: "mine.zip", json: true });

  const file = all.folder.at("here", "mine.zip");
  const archive = await readFile(file);
  expect(exit).toBe(0);
  expect(JSON.parse(all.out())).toMatchObject({
    ...{ ok: true, id: "42", app: 294_100, title: "Example Mod", file, entries: 1 },
    ...{ bytes: archive.length, sha256: sha256(archive), fetched: { manifest: "42" } },
  });
});

test("getCommand() leaves an existing file alone unless it is forced", async () => {
  const all = await getWorld();
  await writeFile(all.folder.at("here", "mine.zip"), "precious");

  const refused = await all.get("42", { output: "mine.zip" });

  expect(refused).toBe(2);
  expect(all.err()).toMatch(/mine\.zip exists already\. Use --force/);
  expect(all.engine.fetched).toHaveLength(0);
  expect(await readFile(all.folder.at("here", "mine.zip"), "utf8")).toBe("precious");
  expect(await all.get("42", { output: "mine.zip", force: true })).toBe(0);
  expect((await readZip(all.folder.at("here", "mine.zip"))).size).toBe(1);
});

test("getCommand() leaves a file alone that appeared while it worked", async () => {
  const all = await getWorld({ waits: true });
  const ending = all.get("42", { output: "mine.zip" });
  await expect.poll(() => all.engine.fetched.length, PATIENT).toBe(1);
  await writeFile(all.folder.at("here", "mine.zip"), "precious");
  all.engine.release();

  expect(await ending).toBe(1);
  expect(await readFile(all.folder.at("here", "mine.zip"), "utf8")).toBe("precious");
  expect(await readdir(all.folder.at("here"))).toEqual(["mine.zip"]);
});

test("getCommand() names the rule for ids that are none, and starts nothing", async () => {
  const all = await getWorld();

  expect(await all.get("-1")).toBe(2);

  expect(all.err()).toMatch(/^Cannot read "-1": .* whole number from 1 to 9223372036854775807.*\n$/);
  expect(all.steam.asked).toEqual([]);
});

test("getCommand() refuses an item that is not there in one line", async () => {
  const all = await getWorld();

  expect(await all.get("43", { json: true })).toBe(1);

  expect(all.err()).toBe(
    "Cannot fetch 43: Steam has no item 43, it never existed, or its author removed or hid it. Check the id\n",
  );
  const about = { ok: false, kind: "workshop", target: "43", id: "43", code: "item_removed" };
  expect(all.results()).toEqual([expect.objectContaining(about)]);
  expect(all.engine.fetched).toHaveLength(0);
});

test("getCommand() says what failed and what to do, and leaves nothing", async () => {
  const all = await getWorld({ waits: true });
  const ending = all.get("42");
  await expect.poll(() => all.engine.fetched.length, PATIENT).toBe(1);
  all.engine.release({ kind: "failed", failure: { code: "tool_broken", detail: "no 32-bit\nlibraries" } });

  expect(await ending).toBe(1);
  expect(all.err().trimEnd().split("\n").at(-1)).toBe(
    "Cannot fetch 42: The agent's download tool does not work (no 32-bit libraries). The doctor command tells what is missing",
  );
  expect(await isNothingLeft(all)).toBe(true);
});

test("getCommand() blames the folder, not Steam, when it vanished while the item was fetched", async () => {
  const all = await getWorld({ waits: true });
  const ending = all.get("42", { output: "mine.zip", json: true });
  await expect.poll(() => all.engine.fetched.length, PATIENT).toBe(1);
  await rm(all.folder.at("here"), { recursive: true });
  all.engine.release();

  expect(await ending).toBe(1);
  const line = `Cannot write ${all.folder.at("here", "mine.zip")}: no such file or directory (ENOENT). See that its folder`;
  expect(all.err().trimEnd().split("\n").at(-1)).toContain(line);
  expect(JSON.parse(all.out())).toMatchObject({ ok: false, code: "internal" });
});

test("getCommand() keeps what the engine has when it is interrupted, and the same command hands it back", async () => {
  const all = await getWorld({ waits: true });
  const ending = all.get("42");
  await expect.poll(() => all.engine.fetched.length, PATIENT).toBe(1);
  all.interrupt();

  expect(await ending).toBe(130);
  expect(all.err()).toMatch(/Interrupted\. What arrived is kept: the same command goes on from there\n$/);
  expect([await all.here(), await all.waiting()]).toEqual([[], [expect.stringMatching(/^item-/)]]);

  const again = all.get("42", {}, { signal: new AbortController().signal });
  await expect.poll(() => all.engine.fetched.length, PATIENT).toBe(2);
  // The first one is over, but stands in the line.
  all.engine.release();
  all.engine.release();
  expect(await again).toBe(0);
  const [first, second] = all.engine.fetched.map(({ request }) => request.folder);
  expect(second).toBe(first);
  expect(await all.waiting()).toEqual([]);
});

test("getCommand() writes nothing when it is interrupted while it packs, and fetches into the same folder again", async () => {
  const all = await getWorld();
  const pack: GetContext["pack"] = (request) => {
    all.interrupt();
    return packFolder(request);
  };

  expect(await all.get("42", {}, { pack })).toBe(130);
  expect([await all.here(), await all.waiting()]).toEqual([[], [expect.stringMatching(/^item-/)]]);
});

test("getCommand() makes an exception of the engine one line and exit 1", async () => {
  const all = await getWorld();
  const createEngine = () => Promise.reject(new Error("no engine"));

  expect(await all.get("42", {}, { createEngine })).toBe(1);
  expect(all.err()).toMatch(/Cannot fetch 42: no engine\n$/);
});

test("registerGet() reads the command line and hands the exit code on", async () => {
  const all = await getWorld();
  const exits: number[] = [];
  const program = new Command();
  registerGet(program, { ...all.context, exit: (code) => exits.push(code) });

  await program.parseAsync(["get", "42", "-o", "named.zip"], { from: "user" });
  await program.parseAsync(["get", "42", "-o", "named.zip"], { from: "user" });
  await program.parseAsync(["get", "42", "--output", "named.zip", "--force", "--json"], { from: "user" });

  expect(exits).toEqual([0, 2, 0]);
  expect(await readdir(all.folder.at("here"))).toEqual(["named.zip"]);
});
