import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { aTorrent } from "../../../test/a-torrent.ts";
import { eventually } from "../../../test/eventually.ts";
import { codeOf, contentOf } from "../../../test/fake-steamcmd-engine.ts";
import { serving } from "../../../test/http-file-server.ts";
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

const PACK = aTorrent("pack", { "a.bin": 30_000, "sub/b.bin": 20_000, empty: 0 });
const SINGLE = aTorrent("map.bsp", 40_000);
describe("createTorrentEngine() fetches", () => {
  test("fetch() delivers a folder's files without the torrent's own folder, and says what it was", async () => {
    const stage = await torrentStage([PACK]);
    const torrentUrl = await served(PACK.content);

    const outcome = await stage.fetch({ source: { kind: "torrent", torrentUrl } });

    expect(await contentOf(outcome)).toEqual(textsOf(PACK, "a.bin", "sub/b.bin", "empty"));
    expect(outcome).toEqual({
      ...{ kind: "fetched", root: stage.folder.at("job/content") },
      fetched: { tool: "memory 1", manifest: hashOf(PACK), name: "pack" },
    });
  });

  test("fetch() delivers a single file as itself, from a magnet link", async () => {
    const stage = await torrentStage([SINGLE]);

    const outcome = await stage.fetch({ source: magnetOf(SINGLE) });

    expect(await contentOf(outcome)).toEqual(textsOf(SINGLE, "map.bsp"));
    expect(outcome).toMatchObject({ fetched: { manifest: hashOf(SINGLE), name: "map.bsp" } });
  });

  test("fetch() links its files to the client's, which stay", async () => {
    const stage = await torrentStage([SINGLE]);

    await stage.fetch({ source: magnetOf(SINGLE) });

    const [own, theirs] = [
      await stat(stage.folder.at("job/content/map.bsp")),
      await stat(`${dataOf(stage, SINGLE)}/map.bsp`),
    ];
    expect(own.ino).toBe(theirs.ino);
  });

  test.each([
    ["with the torrent's folder in front", ["pack/sub/b.bin"]],
    ["without it", ["sub/b.bin"]],
  ])("fetch() delivers the files that were picked %s", async (_, files) => {
    const stage = await torrentStage([PACK]);
    const torrentUrl = await served(PACK.content);

    expect(await contentOf(await stage.fetch({ source: { kind: "torrent", torrentUrl, files } }))).toEqual(
      textsOf(PACK, "sub/b.bin"),
    );
    expect(await contentOf(await stage.fetch({ source: magnetOf(PACK, files), job: "other" }))).toEqual(
      textsOf(PACK, "sub/b.bin"),
    );
  });

  test("fetch() reports bytes up to the size", async () => {
    const stage = await torrentStage([SINGLE]);
    stage.world.peers = [];
    const seen: unknown[] = [];
    const torrentUrl = await served(SINGLE.content);
    const fetching = stage.fetch({ source: { kind: "torrent", torrentUrl }, onProgress: (at) => void seen.push(at) });

    await eventually(() => expect(seen).toContainEqual({ bytes: 0, total: 40_000 }));
    stage.world.peers = [SINGLE];

    expect(codeOf(await fetching)).toBe("fetched");
  });

  test("fetch() takes the magnet link where the torrent file is not to be had", async () => {
    const stage = await torrentStage([SINGLE]);
    const { url: torrentUrl } = await serving((_, response) => void response.writeHead(404).end());

    expect(codeOf(await stage.fetch({ source: { ...magnetOf(SINGLE), torrentUrl } }))).toBe("fetched");
  });

  test("fetch() of an engine that no agent has started keeps nothing outside of the job's folder", async () => {
    const stage = await torrentStage([SINGLE], { isStarted: false });

    const outcome = await stage.fetch({ source: magnetOf(SINGLE) });

    expect(await contentOf(outcome)).toEqual(textsOf(SINGLE, "map.bsp"));
    expect(existsSync(stage.folder.at("torrents"))).toBe(false);
    expect(existsSync(stage.folder.at("job/torrent"))).toBe(false);
    expect(stage.world.held.size).toBe(0);
  });
});

describe("createTorrentEngine() refuses", () => {
  test.each<[string, Uint8Array, string]>([
    ["is cut off", PACK.content.subarray(0, 200), "source_not_a_file"],
    ["is no torrent", Buffer.from("d4:spam4:eggse"), "source_not_a_file"],
    ["is empty", new Uint8Array(), "source_not_a_file"],
    ["is huge", Buffer.alloc(17 * 1024 ** 2, "d"), "source_not_a_file"],
    ["leads out of its folder", aTorrent("pack", { "../../evil": 10 }).content, "unsafe_content"],
    ["has a path twice", aTorrent("pack", { "A.txt": 10, "a.txt": 10 }).content, "unsafe_content"],
    ["has a file below a file", aTorrent("pack", { a: 10, "a/b": 10 }).content, "unsafe_content"],
    ["has a device's name", aTorrent("pack", { "con.txt": 10 }).content, "unsafe_content"],
    ["has no content", aTorrent("pack", { empty: 0 }).content, "empty_result"],
  ])("fetch() refuses a torrent file that %s, and no client is opened", async (_, bytes, code) => {
    const stage = await torrentStage([]);

    const outcome = await stage.fetch({ source: { kind: "torrent", torrentUrl: await served(bytes) } });

    expect(codeOf(outcome)).toBe(code);
    expect(stage.opened()).toBe(0);
  });

  test("fetch() refuses an address that has none, a page, and a private one", async () => {
    const stage = await torrentStage([], { allowPrivate: false });
    const open = await torrentStage([]);
    const missing = await serving((_, response) => void response.writeHead(404).end());
    const page = await serving((_, response) => {
      response.writeHead(200, { "content-type": "text/html" }).end("<!DOCTYPE html><html>Log in</html>");
    });
    const codeFrom = async ({ fetch }: TorrentStage, torrentUrl: string) =>
      codeOf(await fetch({ source: { kind: "torrent", torrentUrl } }));

    expect(await codeFrom(open, missing.url)).toBe("source_not_found");
    expect(await codeFrom(open, page.url)).toBe("source_not_a_file");
    const asked = missing.requests.length;
    expect(await codeFrom(stage, missing.url)).toBe("source_unreachable");
    expect(missing.requests).toHaveLength(asked);
  });

  test("fetch() refuses a torrent that is not the magnet link's", async () => {
    const stage = await torrentStage([SINGLE]);

    const outcome = await stage.fetch({ source: { ...magnetOf(SINGLE), torrentUrl: await served(PACK.content) } });

    expect(codeOf(outcome)).toBe("hash_mismatch");
  });

  test("fetch() names a file that the torrent does not have", async () => {
    const stage = await torrentStage([PACK]);

    const outcome = await stage.fetch({ source: magnetOf(PACK, ["nowhere.bin"]) });

    expect(codeOf(outcome)).toBe("source_not_found");
    expect(detailOf(outcome)).toContain('"nowhere.bin"');
  });

  test("fetch() refuses what is larger than asked for, and leaves nothing of it", async () => {
    const stage = await torrentStage([PACK]);
    const torrentUrl = await served(PACK.content);

    expect(codeOf(await stage.fetch({ source: { kind: "torrent", torrentUrl }, maxBytes: 49_999 }))).toBe("too_large");
    expect(stage.opened()).toBe(0);
    expect(codeOf(await stage.fetch({ source: magnetOf(PACK), maxBytes: 49_999 }))).toBe("too_large");
    expect(stage.world.held.size).toBe(0);
    expect(existsSync(dataOf(stage, PACK))).toBe(false);
    expect(codeOf(await stage.fetch({ source: magnetOf(PACK, ["a.bin"]), maxBytes: 49_999 }))).toBe("fetched");
  });

  test("fetch() refuses a magnet link's names that no archive may have, and leaves nothing of them", async () => {
    const unsafe = aTorrent("pack", { "a.txt": 10, "ends in a dot.": 10 });
    const world = { ...unsafe, content: aTorrent("pack", { "a.txt": 10 }).content };
    const stage = await torrentStage([{ ...world, hash: unsafe.hash }]);

    const outcome = await stage.fetch({ source: magnetOf(unsafe) });

    expect(codeOf(outcome)).toBe("unsafe_content");
    expect(stage.world.held.size).toBe(0);
  });

  test("fetch() gives up a magnet link without peers, and keeps it for the next try", async () => {
    const stage = await torrentStage([SINGLE], { limits: { metadataMs: 1 } });
    stage.world.peers = [];

    const outcome = await stage.fetch({ source: magnetOf(SINGLE) });

    expect(codeOf(outcome)).toBe("source_unreachable");
    expect(detailOf(outcome)).toMatch(/No metadata/);
    expect(stage.world.held.size).toBe(0);
  });

  test("fetch() gives up a torrent of which no byte comes", async () => {
    const stage = await torrentStage([SINGLE], { limits: { stallMs: 1 } });
    stage.world.peers = [];

    const outcome = await stage.fetch({ source: { kind: "torrent", torrentUrl: await served(SINGLE.content) } });

    expect(codeOf(outcome)).toBe("source_unreachable");
    expect(detailOf(outcome)).toMatch(/No byte/);
  });

  test("fetch() refuses what is not a torrent", async () => {
    const stage = await torrentStage([]);

    expect(codeOf(await stage.fetch({ source: { kind: "http", url: "http://example.org/a" } }))).toBe("internal");
  });
});
