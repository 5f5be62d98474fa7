import { existsSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { aTorrent, type TestTorrent } from "../../test/a-torrent.ts";
import { aDownload, fakeRTorrent } from "../../test/fake-rtorrent.ts";
import { tempFolder } from "../../test/temp-folder.ts";
import { aWatch, configOf } from "../../test/watch-bench.ts";

/** A server that loads `torrent`, by path or by bytes, and a folder with `in.torrent` and its data. */
async function takingIn(torrent: TestTorrent, { canRead = true, hasData = false } = {}) {
  const folder = await tempFolder();
  const server = await fakeRTorrent();
  onTestFinished(async () => {
    await server[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });
  await folder.write({ "in.torrent": torrent.content });
  for (const [path, data] of Object.entries(torrent.files)) await folder.write({ [`data/${path}`]: data });
  const length = Object.values(torrent.files).reduce((sum, data) => sum + data.length, 0);
  const loaded = aDownload({ hash: torrent.hash, length, downloaded: hasData ? length : 0 });
  server.onLoad = (path) => (path === null || canRead ? loaded : null);
  const { watch, manager } = aWatch();
  await watch.start([configOf(server, { root_path: folder.at("root") })]);
  const inRoot = (path: string): string => folder.at("root", "dtorrent", path);
  return { folder, server, manager, watch, inRoot };
}

describe("createFromTorrent()", () => {
  test("createFromTorrent() moves the file into the folder and the server has it", async () => {
    const torrent = aTorrent("payload.bin");
    const { folder, server, manager, inRoot } = await takingIn(torrent);

    const created = await manager.createFromTorrent(folder.at("in.torrent"), "S1");

    expect(created).toMatchObject({ success: true, torrent: { server: "S1", hash: torrent.hash, active: true } });
    expect(await readFile(inRoot("torrent/payload.bin.torrent"))).toEqual(torrent.content);
    expect(existsSync(folder.at("in.torrent"))).toBe(false);
    expect(server.calls).toContain(`load.normal  ${inRoot("torrent/payload.bin.torrent")}`);
    expect(await manager.getOne(torrent.hash)).toMatchObject({ path: "payload.bin.torrent" });
  });

  test("createFromTorrent() sends the bytes where the server cannot read the file", async () => {
    const torrent = aTorrent();
    const { folder, manager } = await takingIn(torrent, { canRead: false });

    expect(await manager.createFromTorrent({ path: folder.at("in.torrent") })).toMatchObject({
      success: true,
      torrent: { hash: torrent.hash, path: "" },
    });
  });

  test("createFromTorrent() leaves everything where it is when the server has it already", async () => {
    const torrent = aTorrent();
    const { folder, server, manager } = await takingIn(torrent);
    server.downloads = [aDownload({ hash: torrent.hash, name: "mine" })];

    expect(await manager.createFromTorrent(folder.at("in.torrent"))).toMatchObject({
      success: false,
      name: "AlreadyExists",
      message: "Torrent already exists",
      torrent: { name: "mine" },
    });
    expect(existsSync(folder.at("in.torrent"))).toBe(true);
  });

  test("createFromTorrent() keeps two torrents of one name apart", async () => {
    const torrent = aTorrent("payload.bin");
    const { folder, manager, inRoot } = await takingIn(torrent);
    await folder.write({ "root/dtorrent/torrent/payload.bin.torrent": "another" });

    await manager.createFromTorrent(folder.at("in.torrent"));

    expect(await readFile(inRoot(`torrent/payload.bin.${torrent.hash}.torrent`))).toEqual(torrent.content);
    expect(await readFile(inRoot("torrent/payload.bin.torrent"), "utf8")).toBe("another");
  });

  test("createFromTorrent() moves the file back when the server refuses it", async () => {
    const { folder, server, manager, inRoot } = await takingIn(aTorrent("payload.bin"));
    server.hold = async (method) => {
      if (method.startsWith("load")) server.reply = { kind: "http", status: 500, body: "" };
    };

    await expect(manager.createFromTorrent(folder.at("in.torrent"))).rejects.toThrow("500");
    expect(existsSync(folder.at("in.torrent"))).toBe(true);
    expect(existsSync(inRoot("torrent/payload.bin.torrent"))).toBe(false);
  });

  test("createFromTorrent() refuses a missing file, a server that is none and a missing root_path", async () => {
    const { folder, server, manager, watch } = await takingIn(aTorrent());
    await watch.start([configOf(server, { name: "S2" })]);

    await expect(manager.createFromTorrent("/no/such")).rejects.toThrow("This torrent file does not exists : /no/such");
    await expect(manager.createFromTorrent("")).rejects.toThrow("A file is missing");
    await expect(manager.createFromTorrent(folder.at("in.torrent"), "S9")).rejects.toThrow("does not exists S9");
    await expect(manager.createFromTorrent(folder.at("in.torrent"), "S2")).rejects.toThrow("Config need root_path: S2");
  });
});

describe("createFromTorrentAndData()", () => {
  const multi = () => aTorrent("multi", { "one.bin": 20_000, "sub/two.bin": 30_000, empty: 0 });

  test("createFromTorrentAndData() moves data that is right and tells the server where it lies", async () => {
    const torrent = multi();
    const { folder, server, manager, inRoot } = await takingIn(torrent, { hasData: true });

    const created = await manager.createFromTorrentAndData(folder.at("in.torrent"), folder.at("data"));

    expect(created).toMatchObject({ success: true, torrent: { finished: true, progress: 100, hash: torrent.hash } });
    expect(await readFile(inRoot("downloaded/multi/sub/two.bin"))).toEqual(torrent.files["sub/two.bin"]);
    expect(existsSync(folder.at("data"))).toBe(false);
    expect(server.downloads).toMatchObject([{ directory: inRoot("downloaded"), active: true }]);
  });

  test.each([
    ["a wrong byte", (data: Buffer) => data.fill(data[0] === 0 ? 1 : 0, 0, 1)],
    ["a short file", (data: Buffer) => data.subarray(1)],
  ])("createFromTorrentAndData() refuses data with %s and moves nothing", async (_what, spoil) => {
    const torrent = multi();
    const { folder, server, manager } = await takingIn(torrent);
    const right = torrent.files["sub/two.bin"] ?? Buffer.alloc(0);
    await folder.write({ "data/sub/two.bin": spoil(Buffer.from(right)) });

    await expect(manager.createFromTorrentAndData(folder.at("in.torrent"), folder.at("data"))).rejects.toThrow(
      "Integrity torrent failed",
    );
    await expect(manager.createFromTorrentAndData(folder.at("in.torrent"), folder.at("nothing"))).rejects.toThrow(
      "Integrity torrent failed",
    );
    expect([existsSync(folder.at("data/one.bin")), existsSync(folder.at("in.torrent"))]).toEqual([true, true]);
    expect(server.downloads).toEqual([]);
  });

  test("createFromTorrentAndData() overwrites nothing, and moves all back when the server refuses", async () => {
    const torrent = aTorrent("payload.bin");
    const { folder, server, manager, inRoot } = await takingIn(torrent);
    await folder.write({ "root/dtorrent/downloaded/payload.bin": "somebody's" });
    const data = folder.at("data/payload.bin");

    await expect(manager.createFromTorrentAndData(folder.at("in.torrent"), data)).rejects.toThrow(/something already/);
    expect(await readFile(inRoot("downloaded/payload.bin"), "utf8")).toBe("somebody's");
    await rm(inRoot("downloaded/payload.bin"));
    server.hold = async (method) => {
      if (method.startsWith("load")) server.reply = { kind: "http", status: 500, body: "" };
    };

    await expect(manager.createFromTorrentAndData(folder.at("in.torrent"), data)).rejects.toThrow("500");
    expect([existsSync(data), existsSync(folder.at("in.torrent"))]).toEqual([true, true]);
  });
});
