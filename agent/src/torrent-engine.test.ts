import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { aTorrent } from "../test/a-torrent.ts";
import { eventually } from "../test/eventually.ts";
import { codeOf, contentOf, filesIn } from "../test/fake-steamcmd-engine.ts";
import { hashOf, served, textsOf } from "../test/torrent-stage.ts";
import { jobsInEveryForm, PACK, SINGLE, torrentSwarm } from "../test/torrent-swarm.ts";

const CHILD = fileURLToPath(new URL("../test/torrent-child.ts", import.meta.url));
const never = new AbortController().signal;

describe("torrentEngineOf() with the client inside the agent", () => {
  test("fetch() brings a folder's files from a peer, and seeds them until it is closed", async () => {
    const { torrent, request, start, folder } = await torrentSwarm(PACK);
    const engine = start();

    const outcome = await engine.fetch(request({ torrentUrl: await served(torrent.content) }));

    expect(await contentOf(outcome)).toEqual(textsOf(torrent, "a.bin", "sub/b.bin", "empty"));
    expect(outcome).toMatchObject({ fetched: { tool: expect.stringMatching(/^webtorrent \d/), name: "pack" } });
    await engine.close?.();
    expect(existsSync(folder.at("data/torrents/data", hashOf(torrent), "pack/a.bin"))).toBe(true);
  });

  test("fetch() brings a single file by its magnet link", async () => {
    const { torrent, request, start, magnet } = await torrentSwarm(SINGLE);

    const outcome = await start().fetch(request({ magnet }));

    expect(await contentOf(outcome)).toEqual(textsOf(torrent, "map.bsp"));
  });

  test("fetch() brings the files that were picked of a magnet link, and no others", async () => {
    const { torrent, request, start, magnet, seeder } = await torrentSwarm(PACK);

    const outcome = await start().fetch(request({ magnet, files: ["sub/b.bin"] }));

    expect(await contentOf(outcome)).toEqual(textsOf(torrent, "sub/b.bin"));
    expect(seeder.blocks).toBeLessThan(10);
  });

  test("fetch() refuses a magnet link's torrent that is too large or unsafe as soon as it knows", async () => {
    const large = await torrentSwarm(SINGLE);
    const unsafe = await torrentSwarm((announce) => aTorrent("pack", { "../../evil.bin": 50_000 }, announce));

    expect(codeOf(await large.start().fetch({ ...large.request(large), maxBytes: 299_999 }))).toBe("too_large");
    expect(codeOf(await unsafe.start().fetch(unsafe.request(unsafe)))).toBe("unsafe_content");
    expect([large.seeder.blocks, unsafe.seeder.blocks]).toEqual([0, 0]);
  });

  test("fetch() of a torrent file helps the bare magnet link of another job", async () => {
    const { torrent, request, start, folder } = await torrentSwarm(SINGLE);
    const engine = start();
    const magnet = `magnet:?xt=urn:btih:${hashOf(torrent)}`;
    const waiting = engine.fetch({ ...request({ magnet }), folder: folder.at("waiting") });
    await eventually(() => expect(existsSync(folder.at("data/torrents/client", `${hashOf(torrent)}.json`))).toBe(true));

    const outcome = await engine.fetch(request({ torrentUrl: await served(torrent.content) }));

    expect(await contentOf(outcome)).toEqual(textsOf(torrent, "map.bsp"));
    expect(await contentOf(await waiting)).toEqual(textsOf(torrent, "map.bsp"));
  });

  test("fetch() of a torrent file without trackers asks the peers of the magnet link beside it", async () => {
    const { torrent, request, start, seeder } = await torrentSwarm(() => aTorrent("map.bsp", 300_000));
    const magnet = `magnet:?xt=urn:btih:${hashOf(torrent)}&x.pe=127.0.0.1:${seeder.port}`;

    const outcome = await start().fetch(request({ magnet, torrentUrl: await served(torrent.content) }));

    expect(await contentOf(outcome)).toEqual(textsOf(torrent, "map.bsp"));
  });

  test("fetch() brings jobs of one torrent in different forms to an end, whatever they pick", async () => {
    const swarm = await torrentSwarm(PACK);
    const engine = swarm.start();
    const { requests, expected } = await jobsInEveryForm(swarm);

    const outcomes = await Promise.all(requests.map(engine.fetch));

    expect(await Promise.all(outcomes.map(contentOf))).toEqual(expected);
  });

  test("fetch() that is stopped goes on where it was", async () => {
    const { torrent, request, start, seeder } = await torrentSwarm(SINGLE);
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
    const { torrent, seeder, folder } = await torrentSwarm((announce) => aTorrent("map.bsp", 2_000_000, announce));
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
    const { start } = await torrentSwarm(SINGLE);

    const health = await start("http://volunteer:secret@127.0.0.1:9/RPC2").check(never);

    expect(health).toMatchObject({ ok: false, problem: expect.stringContaining("http://127.0.0.1:9/RPC2") });
    expect(JSON.stringify(health)).not.toContain("secret");
  });
});
