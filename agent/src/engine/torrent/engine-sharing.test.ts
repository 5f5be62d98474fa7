import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { aTorrent } from "../../../test/a-torrent.ts";
import { eventually } from "../../../test/eventually.ts";
import { codeOf, contentOf } from "../../../test/fake-steamcmd-engine.ts";
import {
  dataOf,
  detailOf,
  hashOf,
  magnetOf,
  served,
  type TorrentStage,
  textsOf,
  torrentStage,
} from "../../../test/torrent-stage.ts";
import { parseMetainfo } from "./metainfo.ts";

const PACK = aTorrent("pack", { "a.bin": 30_000, "sub/b.bin": 20_000, empty: 0 });
const SINGLE = aTorrent("map.bsp", 40_000);
const never = new AbortController().signal;
describe("createTorrentEngine() with a torrent server", () => {
  test("fetch() outlives a server that is away and has forgotten the torrent", async () => {
    const stage = await torrentStage([SINGLE], { server: "scgi://box" });
    stage.world.peers = [];
    const fetching = stage.fetch({ source: magnetOf(SINGLE) });
    await eventually(() => expect(stage.world.held.size).toBe(1));

    stage.world.isDown = true;
    stage.world.held.clear();
    stage.world.peers = [SINGLE];
    stage.world.isDown = false;

    expect(await contentOf(await fetching)).toEqual(textsOf(SINGLE, "map.bsp"));
    expect(stage.world.said.filter((word) => word === "add")).toHaveLength(2);
  });

  test("fetch() gives the job to another agent when the server stays away", async () => {
    const stage = await torrentStage([SINGLE], { server: "scgi://box", limits: { serverDownMs: 1 } });
    stage.world.isDown = true;

    const outcome = await stage.fetch({ source: magnetOf(SINGLE) });

    expect(codeOf(outcome)).toBe("tool_broken");
    expect(detailOf(outcome)).toContain("Nobody answers");
  });

  test("fetch() says why a client does not open, and opens it for the next job", async () => {
    let isTaken = true;
    const stage = await torrentStage([SINGLE]);
    const broken = await torrentStage([SINGLE], {
      openClient: async () => {
        if (isTaken) throw new Error("No port from 1 to 1 is free");
        return stage.world.client;
      },
    });

    const outcome = await broken.fetch({ source: magnetOf(SINGLE) });
    isTaken = false;

    expect(outcome).toMatchObject({ failure: { code: "tool_broken", detail: expect.stringContaining("No port") } });
    expect(codeOf(await broken.fetch({ source: magnetOf(SINGLE) }))).toBe("fetched");
  });

  test("fetch() takes a torrent that somebody else loads on the same server, and leaves it alone", async () => {
    const stage = await torrentStage([PACK], { server: "scgi://box", seeding: { ratio: 0, ms: 0 } });
    const theirs = stage.folder.at("theirs");
    await stage.world.client.add({ from: { kind: "metainfo", bytes: PACK.content }, folder: theirs }, never);

    const outcome = await stage.fetch({ source: magnetOf(PACK, ["a.bin"]) });

    expect(await contentOf(outcome)).toEqual(textsOf(PACK, "a.bin"));
    expect(stage.world.said).toEqual(["add"]);
    expect(existsSync(`${theirs}/pack/a.bin`)).toBe(true);
  });

  test("fetch() does not wait for a torrent that somebody else holds, and leaves it as it is", async () => {
    const stage = await torrentStage([PACK], { server: "scgi://box" });
    const { client, said } = stage.world;
    const from = { kind: "metainfo", bytes: PACK.content } as const;
    await client.add({ from, folder: stage.folder.at("theirs") }, never);
    await client.pause(hashOf(PACK), never);

    const outcome = await stage.fetch({ source: magnetOf(PACK) });

    expect(outcome).toMatchObject({ failure: { code: "tool_broken", detail: expect.stringContaining("holds it") } });
    expect(said).toEqual(["add", "pause"]);
  });

  test("check() says what is wrong with a server and how to mend it", async () => {
    const stage = await torrentStage([], { server: "scgi:///run/rtorrent.socket" });

    expect(await stage.engine.check(never)).toEqual({ ok: true, version: "memory 1" });
    stage.world.isDown = true;

    expect(await stage.engine.check(never)).toMatchObject({
      ok: false,
      problem: "No torrent server at scgi:///run/rtorrent.socket: Nobody answers",
      fix: expect.stringContaining("MODFLEET_TORRENT_CLIENT"),
    });
    expect(stage.world.closed).toBe(2);
  });

  test("check() opens no client inside the agent", async () => {
    const stage = await torrentStage([]);

    expect(await stage.engine.check(never)).toMatchObject({ ok: true });
    expect(stage.opened()).toBe(0);
  });
});

describe("createTorrentEngine() with jobs that know different ways", () => {
  const TRACKER = "http://tracker.example.org/announce";
  const orderIn = ({ world }: TorrentStage) => world.held.get(hashOf(SINGLE))?.order;

  test("fetch() of a torrent file helps a bare magnet link that waits for it", async () => {
    const stage = await torrentStage([SINGLE]);
    stage.world.peers = [];
    const one = stage.fetch({ source: magnetOf(SINGLE), job: "one" });
    await eventually(() => expect(orderIn(stage)?.from.kind).toBe("magnet"));

    const torrentUrl = await served(SINGLE.content);
    const two = stage.fetch({ source: { kind: "torrent", torrentUrl }, job: "two" });
    await eventually(() => expect(orderIn(stage)?.from.kind).toBe("metainfo"));
    stage.world.peers = [SINGLE];

    for (const outcome of [await one, await two]) expect(await contentOf(outcome)).toEqual(textsOf(SINGLE, "map.bsp"));
    expect(stage.world.said).toEqual(["add", "remove", "add"]);
  });

  test("fetch() of a magnet link adds its trackers to one that waits", async () => {
    const stage = await torrentStage([SINGLE]);
    stage.world.peers = [];
    const one = stage.fetch({ source: magnetOf(SINGLE), job: "one" });
    await eventually(() => expect(stage.world.held.size).toBe(1));

    const magnet = `${magnetOf(SINGLE).magnet}&tr=${encodeURIComponent(TRACKER)}`;
    const two = stage.fetch({ source: { kind: "torrent", magnet }, job: "two" });
    await eventually(() => expect(JSON.stringify(orderIn(stage))).toContain(encodeURIComponent(TRACKER)));
    stage.world.peers = [SINGLE];

    expect([codeOf(await one), codeOf(await two)]).toEqual(["fetched", "fetched"]);
  });

  test("fetch() of a torrent file adds its trackers to one of which nothing comes", async () => {
    const stage = await torrentStage([SINGLE]);
    stage.world.peers = [];
    const torrentUrl = await served(SINGLE.content);
    const one = stage.fetch({ source: { kind: "torrent", torrentUrl }, job: "one" });
    await eventually(() => expect(stage.world.held.size).toBe(1));

    const magnet = `${magnetOf(SINGLE).magnet}&tr=${encodeURIComponent(TRACKER)}`;
    const two = stage.fetch({ source: { kind: "torrent", torrentUrl, magnet }, job: "two" });
    const trackers = () => {
      const from = orderIn(stage)?.from;
      return from?.kind === "metainfo" ? parseMetainfo(from.bytes).trackers : [];
    };
    await eventually(() => expect(trackers()).toContain(TRACKER));
    stage.world.peers = [SINGLE];

    expect([codeOf(await one), codeOf(await two)]).toEqual(["fetched", "fetched"]);
  });

  test("fetch() soon gives up a magnet link that names nobody, where nobody else is looked for", async () => {
    const limits = { nobodyMs: 1 };
    const [stage, looking] = [await torrentStage([SINGLE], { limits }), await torrentStage([SINGLE], { limits })];
    Object.assign(stage.world, { peers: [], hasDht: false });
    looking.world.peers = [];
    const found = looking.fetch({ source: magnetOf(SINGLE) });

    const outcome = await stage.fetch({ source: magnetOf(SINGLE) });
    await eventually(() => expect(looking.world.held.size).toBe(1));
    looking.world.peers = [SINGLE];

    expect(codeOf(outcome)).toBe("source_unreachable");
    expect(detailOf(outcome)).toContain("MODFLEET_DHT=1");
    expect(codeOf(await found)).toBe("fetched");
  });
});

describe("createTorrentEngine() with several jobs", () => {
  test("fetch() has two jobs share one torrent, also when they want different files of it", async () => {
    const stage = await torrentStage([PACK]);
    stage.world.peers = [];
    const torrentUrl = await served(PACK.content);
    const source = (file: string) => ({ kind: "torrent" as const, torrentUrl, files: [file] });
    const one = stage.fetch({ source: source("a.bin"), job: "one" });
    await eventually(() => expect(stage.world.held.get(hashOf(PACK))?.order.files).toEqual(["pack/a.bin"]));
    const two = stage.fetch({ source: source("sub/b.bin"), job: "two" });
    await eventually(() => expect(stage.world.held.get(hashOf(PACK))?.order.files).toHaveLength(2));

    stage.world.peers = [PACK];

    expect(await contentOf(await one)).toEqual(textsOf(PACK, "a.bin"));
    expect(await contentOf(await two)).toEqual(textsOf(PACK, "sub/b.bin"));
  });

  test("fetch() that is aborted leaves nothing running, and its data for the next try", async () => {
    const stage = await torrentStage([SINGLE]);
    stage.world.peers = [];
    const stop = new AbortController();
    const fetching = stage.fetch({ source: magnetOf(SINGLE), signal: stop.signal });
    await eventually(() => expect(stage.world.held.size).toBe(1));
    await writeFile(`${dataOf(stage, SINGLE)}/map.bsp`, SINGLE.files["map.bsp"]?.subarray(0, 100) ?? "");

    stop.abort();

    expect(await fetching).toEqual({ kind: "cancelled" });
    expect(stage.world.held.size).toBe(0);
    expect(existsSync(`${dataOf(stage, SINGLE)}/map.bsp`)).toBe(true);
  });

  test("fetch() that is aborted leaves a torrent alone that another job uses", async () => {
    const stage = await torrentStage([SINGLE]);
    stage.world.peers = [];
    const stop = new AbortController();
    const [one, two] = [
      stage.fetch({ source: magnetOf(SINGLE), job: "one", signal: stop.signal }),
      stage.fetch({ source: magnetOf(SINGLE), job: "two" }),
    ];
    await eventually(() => expect(stage.world.held.size).toBe(1));

    stop.abort();
    expect(await one).toEqual({ kind: "cancelled" });
    stage.world.peers = [SINGLE];

    expect(await contentOf(await two)).toEqual(textsOf(SINGLE, "map.bsp"));
    expect(stage.world.said).toEqual(["add"]);
  });

  test("close() ends jobs that run, and leaves nothing of them on a server", async () => {
    const stage = await torrentStage([SINGLE], { server: "scgi://box" });
    stage.world.peers = [];
    const fetching = stage.fetch({ source: magnetOf(SINGLE) });
    await eventually(() => expect(stage.world.held.size).toBe(1));

    await stage.engine.close?.();

    expect(await fetching).toEqual({ kind: "cancelled" });
    expect(stage.world.held.size).toBe(0);
  });

  test("close() closes the client once it was opened", async () => {
    const [idle, used] = [await torrentStage([]), await torrentStage([SINGLE])];
    await used.fetch({ source: magnetOf(SINGLE) });

    await idle.engine.close?.();
    await used.engine.close?.();

    expect([idle.world.closed, used.world.closed]).toEqual([0, 1]);
  });
});
