import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { Command } from "commander";
import { expect, test } from "vitest";
import { type FakeEngine, fakeEngine } from "../../test/fake-engine.ts";
import { anItem, type FakeSteamApi, fakeSteamApi } from "../../test/fake-steam-api.ts";
import { readZip, sha256 } from "../../test/read-zip.ts";
import { type TempFolder, tempFolder } from "../../test/temp-folder.ts";
import { complaints } from "../../test/zip-testers.ts";
import { packFolder } from "../pack/pack.ts";
import { type GetOptions, getCommand, registerGet } from "./get.ts";
import type { GetContext } from "./get-context.ts";

type World = AsyncDisposable & {
  folder: TempFolder;
  steam: FakeSteamApi;
  engine: FakeEngine;
  interrupt: () => void;
  out: () => string;
  err: () => string;
  context: GetContext;
  get: (target: string, options?: Partial<GetOptions>) => Promise<number>;
};

async function world({ waits = false, items = { "42": anItem() } as Record<string, object> } = {}): Promise<World> {
  const folder = await tempFolder();
  await mkdir(folder.at("here"));
  const steam = await fakeSteamApi({ items, collections: { "500": ["42", "43"], "501": ["42"] } });
  const engine = fakeEngine({ waits });
  const controller = new AbortController();
  const written = { out: "", err: "" };
  const context: GetContext = {
    steamApiUrl: steam.url,
    createEngine: () => engine,
    pack: (request) => packFolder(request),
    fetch,
    scratch: folder.at("scratch"),
    cwd: folder.at("here"),
    stdout: { write: (text) => (written.out += text) },
    stderr: { write: (text) => (written.err += text) },
    now: () => 0,
    signal: controller.signal,
    watchInterrupts: () => {},
    sleep: async () => {},
    exit: () => {},
  };
  return {
    folder,
    steam,
    engine,
    context,
    interrupt: () => controller.abort(),
    out: () => written.out,
    err: () => written.err,
    get: (target, options = {}) => getCommand({ target, force: false, json: false, ...options }, context),
    async [Symbol.asyncDispose]() {
      await steam[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

const isNothingLeft = async ({ folder }: World): Promise<boolean> =>
  (await readdir(folder.at("here"))).length === 0 && (await readdir(folder.at("scratch")).catch(() => [])).length === 0;

test("getCommand() writes the item as a zip named for it and says so", async () => {
  await using all = await world();

  const exit = await all.get("42");

  const path = all.folder.at("here", "Example Mod-42.zip");
  expect([exit, all.out()]).toEqual([0, `Wrote ${path} (${(await readFile(path)).length} bytes, 1 file)\n`]);
  expect(all.err()).toBe(
    "Fetching Example Mod\nFetching Example Mod: 50 % (6 bytes of 12 bytes)\nPacking\nPacking: 100 % (6 bytes of 6 bytes)\n",
  );
  expect([...(await readZip(path)).keys()]).toEqual(["about.txt"]);
  expect(await complaints(path)).toEqual([]);
  expect(await readdir(all.folder.at("here"))).toEqual(["Example Mod-42.zip"]);
  expect(await readdir(all.folder.at("scratch"))).toEqual([]);
});

test("getCommand() asks the engine for what Steam says the item is", async () => {
  const fileUrl = "https://files.example/legacy.vpk";
  await using all = await world({
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
  await using all = await world();

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
  await using all = await world();
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
  await using all = await world({ waits: true });
  const ending = all.get("42", { output: "mine.zip" });
  await expect.poll(() => all.engine.fetched.length).toBe(1);
  await writeFile(all.folder.at("here", "mine.zip"), "precious");
  all.engine.release();

  expect(await ending).toBe(1);
  expect(await readFile(all.folder.at("here", "mine.zip"), "utf8")).toBe("precious");
  expect(await readdir(all.folder.at("here"))).toEqual(["mine.zip"]);
});

test("getCommand() names the rule for ids that are none, and starts nothing", async () => {
  await using all = await world();

  expect(await all.get("-1")).toBe(2);

  expect(all.err()).toMatch(/^Cannot read "-1": .* whole number from 1 to 9223372036854775807.*\n$/);
  expect(all.steam.asked).toEqual([]);
});

test.each([
  ["a removed item", "43", {}, "Steam no longer has this item. Ask the author"],
  ["a collection", "500", { "500": anItem({ creator_app_id: 766 }) }, "500 is a collection of 2 items, not an item"],
  [
    "a collection that does not look like one",
    "501",
    { "501": anItem({ file_size: "0", hcontent_file: "" }) },
    "501 is a collection of 1 item,",
  ],
])("getCommand() refuses %s in one line", async (_what, target, items, line) => {
  await using all = await world({ items });

  expect(await all.get(target, { json: true })).toBe(1);

  expect(all.err()).toContain(line);
  expect(all.err().trimEnd()).not.toContain("\n");
  expect(JSON.parse(all.out())).toMatchObject({ ok: false });
  expect(all.engine.fetched).toHaveLength(0);
});

test("getCommand() says what failed and what to do, and leaves nothing", async () => {
  await using all = await world({ waits: true });
  const ending = all.get("42");
  await expect.poll(() => all.engine.fetched.length).toBe(1);
  all.engine.release({ kind: "failed", failure: { code: "tool_broken", detail: "no 32-bit\nlibraries" } });

  expect(await ending).toBe(1);
  expect(all.err().trimEnd().split("\n").at(-1)).toBe(
    "Cannot fetch 42: The agent's download tool does not work (no 32-bit libraries). The doctor command tells what is missing",
  );
  expect(await isNothingLeft(all)).toBe(true);
});

test("getCommand() blames the folder, not Steam, when it vanished while the item was fetched", async () => {
  await using all = await world({ waits: true });
  const ending = all.get("42", { output: "mine.zip", json: true });
  await expect.poll(() => all.engine.fetched.length).toBe(1);
  await rm(all.folder.at("here"), { recursive: true });
  all.engine.release();

  expect(await ending).toBe(1);
  const line = `Cannot write ${all.folder.at("here", "mine.zip")}: no such file or directory (ENOENT). See that its folder`;
  expect(all.err().trimEnd().split("\n").at(-1)).toContain(line);
  expect(JSON.parse(all.out())).toMatchObject({ ok: false, code: "internal" });
});

test("getCommand() cleans up when it is interrupted while it fetches", async () => {
  await using all = await world({ waits: true });
  const ending = all.get("42");
  await expect.poll(() => all.engine.fetched.length).toBe(1);
  all.interrupt();

  expect(await ending).toBe(130);
  expect(all.err()).toMatch(/Interrupted; nothing was written\n$/);
  expect(await isNothingLeft(all)).toBe(true);
});

test("getCommand() cleans up when it is interrupted while it packs", async () => {
  await using all = await world();
  const pack: GetContext["pack"] = (request) => {
    all.interrupt();
    return packFolder(request);
  };

  expect(await getCommand({ target: "42", force: false, json: false }, { ...all.context, pack })).toBe(130);
  expect(await isNothingLeft(all)).toBe(true);
});

test("getCommand() makes an exception of the engine one line and exit 1", async () => {
  await using all = await world();
  const createEngine = () => Promise.reject(new Error("no engine"));

  expect(await getCommand({ target: "42", force: false, json: false }, { ...all.context, createEngine })).toBe(1);
  expect(all.err()).toMatch(/Cannot fetch 42: no engine\n$/);
});

test("registerGet() reads the command line and hands the exit code on", async () => {
  await using all = await world();
  const exits: number[] = [];
  const program = new Command();
  registerGet(program, { ...all.context, exit: (code) => exits.push(code) });

  await program.parseAsync(["get", "42", "-o", "named.zip"], { from: "user" });
  await program.parseAsync(["get", "42", "-o", "named.zip"], { from: "user" });
  await program.parseAsync(["get", "42", "--output", "named.zip", "--force", "--json"], { from: "user" });

  expect(exits).toEqual([0, 2, 0]);
  expect(await readdir(all.folder.at("here"))).toEqual(["named.zip"]);
});
