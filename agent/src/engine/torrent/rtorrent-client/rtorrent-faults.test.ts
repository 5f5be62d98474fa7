import { describe, expect, test } from "vitest";
import { aTorrent } from "../../../../test/a-torrent.ts";
import { eventually } from "../../../../test/eventually.ts";
import { aDownload, type FakeRTorrent, fakeRTorrent } from "../../../../test/fake-rtorrent.ts";
import { tempFolder } from "../../../../test/temp-folder.ts";
import { never, orderOf } from "../../../../test/torrent-client-bench.ts";
import type { TorrentClient } from "../client.ts";
import { createRTorrent } from "../rtorrent/rtorrent.ts";
import { createRTorrentTorrentClient } from "./rtorrent-client.ts";

const { hash } = aDownload();

const clientOf = ({ url }: FakeRTorrent, timeoutMs = 5_000): TorrentClient =>
  createRTorrentTorrentClient(createRTorrent({ endpoint: { kind: "http", url: new URL(url) }, timeoutMs }), {
    loadMs: 1,
  });

describe("createRTorrentTorrentClient()", () => {
  test("list() asks one question for many torrents, and the version before the first", async () => {
    await using server = await fakeRTorrent();
    const client = clientOf(server);
    server.downloads = ["a", "b", "c"].map((digit) => aDownload({ hash: digit.repeat(40), downloaded: 3e6 }));

    expect(client.tool).toBe("rtorrent");
    expect(await client.list(never)).toHaveLength(3);
    await client.list(never);

    expect(client.tool).toBe("rtorrent 0.9.8");
    expect(server.calls.map((call) => call.split(" ")[0])).toEqual([
      ...["system.client_version", "d.multicall2", "d.multicall2"],
    ]);
  });

  test("all methods say unreachable while the server is down, and work when it is back", async () => {
    await using folder = await tempFolder();
    await using server = await fakeRTorrent();
    const client = clientOf(server);
    server.downloads = [aDownload()];
    const refused = { name: "TorrentError", problem: "unreachable" };
    await server.down();

    await expect(client.list(never)).rejects.toMatchObject(refused);
    await expect(client.get(hash, never)).rejects.toMatchObject(refused);
    await expect(client.add(orderOf(aTorrent(), folder.path), never)).rejects.toMatchObject(refused);
    await expect(client.remove(hash, { deleteData: true }, never)).rejects.toMatchObject(refused);
    await expect(client.setLimits({ downRate: 1, upRate: 1 }, never)).rejects.toMatchObject(refused);

    await server.back();
    expect(await client.get(hash, never)).toMatchObject({ infoHash: hash.toLowerCase() });
  });

  test.each<[string, FakeRTorrent["reply"]]>([
    ["a page", { kind: "http", status: 200, body: "<html>Welcome</html>" }],
    ["half of its answer", { kind: "half", document: "" }],
    [
      "another number",
      { kind: "answer", document: "<methodResponse><params><param><value>1</value></param></params></methodResponse>" },
    ],
    ["a bad gateway", { kind: "http", status: 502, body: "" }],
  ])("get() and list() say unreachable when the server answers with %s", async (_, reply) => {
    await using server = await fakeRTorrent();
    const client = clientOf(server);
    server.reply = reply;

    await expect(client.get(hash, never)).rejects.toMatchObject({ name: "TorrentError", problem: "unreachable" });
    await expect(client.list(never)).rejects.toMatchObject({ name: "TorrentError", problem: "unreachable" });
  });

  test("list() gives a silent server up, and ends with the reason of an aborted signal", async () => {
    await using server = await fakeRTorrent();
    server.reply = { kind: "silence" };
    const stop = new AbortController();

    await expect(clientOf(server, 30).list(never)).rejects.toMatchObject({ problem: "unreachable" });
    server.hold = async () => stop.abort(new Error("enough"));
    await expect(clientOf(server).list(stop.signal)).rejects.toThrow("enough");
  });

  test("add() gives up when the server answers and loads nothing", async () => {
    await using folder = await tempFolder();
    await using server = await fakeRTorrent();

    await expect(clientOf(server).add(orderOf(aTorrent(), folder.path), never)).rejects.toMatchObject({
      problem: "unreachable",
      message: expect.stringContaining("did not load"),
    });
  });

  test("add() takes a torrent that it could set up by half off again", async () => {
    await using folder = await tempFolder();
    await using server = await fakeRTorrent();
    const torrent = aTorrent();
    const wanted = aDownload({ hash: torrent.hash });
    server.onLoad = () => wanted;
    const stop = new AbortController();
    server.hold = async (method) => {
      if (method === "d.directory.set") stop.abort(new Error("enough"));
    };

    await expect(clientOf(server).add(orderOf(torrent, folder.path), stop.signal)).rejects.toThrow("enough");

    expect(server.downloads).toEqual([]);
  });

  test("add() that was given up before the server loaded leaves nothing outside of its folder", async () => {
    await using folder = await tempFolder();
    await using server = await fakeRTorrent();
    const torrent = aTorrent();
    server.onLoad = () => aDownload({ hash: torrent.hash });
    const stop = new AbortController();
    const erased = Promise.withResolvers<void>();
    server.hold = async (method) => {
      if (method === "d.erase") erased.resolve();
      if (method !== "load.raw") return;
      stop.abort(new Error("enough"));
      await erased.promise;
    };

    await expect(clientOf(server).add(orderOf(torrent, folder.path), stop.signal)).rejects.toThrow("enough");

    await eventually(() => expect(server.downloads).toMatchObject([{ directory: folder.path, active: false }]));
  });

  test("add() says disk when the folder cannot be made", async () => {
    await using folder = await tempFolder();
    await using server = await fakeRTorrent();
    await folder.write({ file: "" });

    await expect(clientOf(server).add(orderOf(aTorrent(), folder.at("file/in")), never)).rejects.toMatchObject({
      problem: "disk",
    });
  });
});
