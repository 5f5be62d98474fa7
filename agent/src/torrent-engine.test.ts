import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { aTorrent, type TestTorrent } from "../test/a-torrent.ts";
import { eventually } from "../test/eventually.ts";
import { fakeSeeder } from "../test/fake-seeder.ts";
import { codeOf, contentOf, filesIn, silent } from "../test/fake-steamcmd-engine.ts";
import { fixedTracker } from "../test/fixed-tracker.ts";
import { tempFolder } from "../test/temp-folder.ts";
import { hashOf, served, textsOf } from "../test/torrent-stage.ts";
import { defaultConfig } from "./config.ts";
import type { Engine, FetchRequest } from "./engine/engine.ts";
import { torrentEngineOf } from "./torrent-engine.ts";

const CHILD = fileURLToPath(new URL("../test/torrent-child.ts", import.meta.url));
const never = new AbortController().signal;

/** One torrent with a peer who has it, and the agent's own engine. */
async function world(torrentOf: (announce: string) => TestTorrent) {
  const stack = new AsyncDisposableStack();
  onTestFinished(() => stack.disposeAsync());
  const folder = stack.use(await tempFolder());
  const tracker = stack.use(await fixedTracker());
  const torrent = torrentOf(tracker.url);
  const seeder = stack.use(await fakeSeeder(torrent));
  tracker.peers.push(seeder.port);
  mkdirSync(folder.at("job"));
  const start = (client = "embedded"): Engine => {
    const config = { ...defaultConfig("box"), dataFolder: folder.at("data"), allowPrivateSources: true };
    const torrents = { ...config.torrent, client };
    const limits = { pollMs: 10, tickMs: 10 };
    const engine = torrentEngineOf({ ...config, torrent: torrents }, { now: Date.now, log: silent, limits });
    engine.start?.({ onMoved: () => undefined, mayMove: () => true, isShortOfRoom: () => false });
    stack.defer(async () => engine.close?.());
    return engine;
  };
  const request = (source: Omit<Extract<FetchRequest["source"], { kind: "torrent" }>, "kind">): FetchRequest => ({
    ...{
      source: { kind: "torrent", ...source },
      folder: folder.at("job"),
      maxBytes: 1e9,
      expectedBytes: null,
      slot: 0,
    },
    ...{ onProgress: () => undefined, signal: never },
  });
  const magnet = `magnet:?xt=urn:btih:${hashOf(torrent)}&tr=${encodeURIComponent(tracker.url)}`;
  return { folder, tracker, torrent, seeder, start, request, magnet };
}

const PACK = (announce: string): TestTorrent =>
  aTorrent("pack", { "a.bin": 200_000, "sub/b.bin": 50_000, empty: 0 }, announce);
const SINGLE = (announce: string): TestTorrent => aTorrent("map.bsp", 300_000, announce);

describe("torrentEngineOf() with the client inside the agent", () => {
  test("fetch() brings a folder's files from a peer, and seeds them until it is closed", async () => {
    const { torrent, request, start, folder } = await world(PACK);
    const engine = start();

    const outcome = await engine.fetch(request({ torrentUrl: await served(torrent.content) }));

    expect(await contentOf(outcome)).toEqual(textsOf(torrent, "a.bin", "sub/b.bin", "empty"));
    expect(outcome).toMatchObject({ fetched: { tool: expect.stringMatching(/^webtorrent \d/), name: "pack" } });
    await engine.close?.();
    expect(existsSync(folder.at("data/torrents/data", hashOf(torrent), "pack/a.bin"))).toBe(true);
  });

  test("fetch() brings a single file by its magnet link", async () => {
    const { torrent, request, start, magnet } = await world(SINGLE);

    const outcome = await start().fetch(request({ magnet }));

    expect(await contentOf(outcome)).toEqual(textsOf(torrent, "map.bsp"));
  });

  test("fetch() brings the files that were picked of a magnet link, and no others", async () => {
    const { torrent, request, start, magnet, seeder } = await world(PACK);

    const outcome = await start().fetch(request({ magnet, files: ["sub/b.bin"] }));

    expect(await contentOf(outcome)).toEqual(textsOf(torrent, "sub/b.bin"));
    expect(seeder.blocks).toBeLessThan(10);
  });

  test("fetch() refuses a magnet link's torrent that is too large or unsafe as soon as it knows", async () => {
    const large = await world(SINGLE);
    const unsafe = await world((announce) => aTorrent("pack", { "../../evil.bin": 50_000 }, announce));

    expect(codeOf(await large.start().fetch({ ...large.request(large), maxBytes: 299_999 }))).toBe("too_large");
    expect(codeOf(await unsafe.start().fetch(unsafe.request(unsafe)))).toBe("unsafe_content");
    expect([large.seeder.blocks, unsafe.seeder.blocks]).toEqual([0, 0]);
  });

  test("fetch() that is stopped goes on where it was", async () => {
    const { torrent, request, start, seeder } = await world(SINGLE);
    const engine = start();
    const stop = new AbortController();
    const seen: number[] = [];
    const source = request({ torrentUrl: await served(torrent.content) });
    seeder.gives = () => (seeder.blocks < 9 ? "data" : "nothing");
    const onProgress = ({ bytes }: { bytes: number }): void => void seen.push(bytes);
    const stopped = engine.fetch({ ...source, onProgress, signal: stop.signal });
    await eventually(() => expect(seen.at(-1)).toBeGreaterThanOrEqual(100_000));

    stop.abort();
    expect(await stopped).toEqual({ kind: "cancelled" });
    const sent = seeder.blocks;
    seeder.gives = () => "data";
    const outcome = await engine.fetch(source);

    expect(await contentOf(outcome)).toEqual(textsOf(torrent, "map.bsp"));
    expect(seeder.blocks - sent).toBeLessThan(15);
  });
});

describe("torrentEngineOf(), killed with kill -9", () => {
  test("fetch() has the right content afterwards, and loads the rest only", async () => {
    const { torrent, seeder, folder } = await world((announce) => aTorrent("map.bsp", 2_000_000, announce));
    const torrentUrl = await served(torrent.content);
    const args = [CHILD, folder.at("data"), folder.at("job"), torrentUrl];
    const life = (): ChildProcess => spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    seeder.gives = () => (seeder.blocks < 60 ? "data" : "nothing");
    const first = life();
    const seen: number[] = [];
    if (first.stdout !== null) createInterface(first.stdout).on("line", (line) => seen.push(JSON.parse(line).bytes));
    await eventually(() => expect(seen.at(-1)).toBeGreaterThan(500_000));

    first.kill("SIGKILL");
    await once(first, "exit");
    const sent = seeder.blocks;
    seeder.gives = () => "data";
    const [code] = await once(life(), "exit");

    expect(code).toBe(0);
    expect(await filesIn(folder.at("job/content"))).toEqual(textsOf(torrent, "map.bsp"));
    expect(seeder.blocks - sent).toBeLessThan(123);
  });
});

describe("torrentEngineOf() with an rTorrent", () => {
  test("check() names the address without its password when nobody answers there", async () => {
    const { start } = await world(SINGLE);

    const health = await start("http://volunteer:secret@127.0.0.1:9/RPC2").check(never);

    expect(health).toMatchObject({ ok: false, problem: expect.stringContaining("http://127.0.0.1:9/RPC2") });
    expect(JSON.stringify(health)).not.toContain("secret");
  });
});
