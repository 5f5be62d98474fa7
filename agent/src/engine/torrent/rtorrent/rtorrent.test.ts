import { describe, expect, test } from "vitest";
import { aTorrent } from "../../../../test/a-torrent.ts";
import { eventually } from "../../../../test/eventually.ts";
import { aDownload, fakeRTorrent } from "../../../../test/fake-rtorrent.ts";
import { hasRTorrent, realRTorrent } from "../../../../test/real-rtorrent.ts";
import { tempFolder } from "../../../../test/temp-folder.ts";
import { createRTorrent, type RTorrentOptions } from "./rtorrent.ts";
import { parseEndpoint, type RTorrentEndpoint } from "./transport.ts";

const never = new AbortController().signal;
const { hash } = aDownload();

function endpointOf(url: string): RTorrentEndpoint {
  const endpoint = parseEndpoint(url);
  if (endpoint === null) throw new Error(`No endpoint: ${url}`);
  return endpoint;
}

const clientOf = (url: string, options: Partial<RTorrentOptions> = {}) =>
  createRTorrent({ endpoint: endpointOf(url), ...options });

describe.each(["http", "scgi"] as const)("createRTorrent() over %s", (wire) => {
  test("list() reads all downloads with one question, hostile names included", async () => {
    await using server = await fakeRTorrent({ wire });
    const names = ["payload.bin", "../<b>&amp;\"'\u0001\r\n\ufffd", "日本語 🧲"];
    server.downloads = names.map((name, index) => aDownload({ name, hash: `${index}`.repeat(40), uploaded: 2 ** 41 }));

    const downloads = await clientOf(server.url).list(never);

    expect(downloads.map(({ name }) => name)).toEqual(names);
    expect(downloads[0]).toMatchObject({ isActive: true, completedBytes: 0, sizeBytes: 3e6, uploadedBytes: 2 ** 41 });
    expect(server.calls).toHaveLength(1);
  });

  test("get() reads one, and null for a hash that the server does not know", async () => {
    await using server = await fakeRTorrent({ wire });
    server.downloads = [aDownload()];

    expect(await clientOf(server.url).get(hash.toLowerCase(), never)).toMatchObject({ hash, name: "payload.bin" });
    expect(await clientOf(server.url).get("0".repeat(40), never)).toBe(null);
  });

  test("pause(), resume(), erase() and setDirectory() reach the download, and say when there is none", async () => {
    await using server = await fakeRTorrent({ wire });
    server.downloads = [aDownload()];
    const client = clientOf(server.url);

    await client.pause(hash, never);
    expect(server.downloads[0]?.active).toBe(false);
    await client.resume(hash, never);
    expect(server.downloads[0]?.active).toBe(true);
    await client.setDirectory(hash, "/a b;c", never);
    expect(server.downloads[0]?.directory).toBe("/a b;c");
    await client.erase(hash, never);
    expect(server.downloads).toEqual([]);

    await expect(client.pause(hash, never)).rejects.toMatchObject({ problem: "fault" });
  });

  test("files() reads paths and sizes", async () => {
    await using server = await fakeRTorrent({ wire });
    server.downloads = [aDownload({ files: [{ path: "sub/two.bin", length: 7 }] })];

    expect(await clientOf(server.url).files(hash, never)).toEqual([{ path: "sub/two.bin", bytes: 7 }]);
  });

  test("pause() refuses a target that is no hash before anybody hears of it", async () => {
    await using server = await fakeRTorrent({ wire });

    await expect(clientOf(server.url).pause(`${hash}:f0`, never)).rejects.toMatchObject({ problem: "fault" });
    expect(server.calls).toEqual([]);
  });

  test("list() tells half an answer from a whole one", async () => {
    await using server = await fakeRTorrent({ wire });
    server.downloads = [aDownload()];
    server.reply = { kind: "half", document: "" };

    await expect(clientOf(server.url).list(never)).rejects.toMatchObject({
      name: "RTorrentError",
      problem: wire === "http" ? "unreachable" : "nonsense",
    });
  });

  test("list() reads no more of an endless answer than it may", async () => {
    await using server = await fakeRTorrent({ wire });
    server.reply = { kind: "flood" };

    await expect(clientOf(server.url, { answerBytesMax: 1e6 }).list(never)).rejects.toMatchObject({
      problem: "too_large",
    });
  });

  test("list() gives a silent server up", async () => {
    await using server = await fakeRTorrent({ wire });
    server.reply = { kind: "silence" };

    await expect(clientOf(server.url, { timeoutMs: 30 }).list(never)).rejects.toMatchObject({ problem: "too_slow" });
  });

  test("list() ends with the reason of an aborted signal", async () => {
    await using server = await fakeRTorrent({ wire });
    const stop = new AbortController();
    server.hold = async () => stop.abort(new Error("enough"));

    await expect(clientOf(server.url).list(stop.signal)).rejects.toThrow("enough");
  });

  test("list() says who cannot be reached", async () => {
    await using server = await fakeRTorrent({ wire });
    await server.down();

    await expect(clientOf(server.url).list(never)).rejects.toMatchObject({
      problem: "unreachable",
      message: expect.stringContaining(`:${server.port}`),
    });
  });
});

describe("createRTorrent()", () => {
  test("list() takes a page instead of an answer for what it is", async () => {
    await using server = await fakeRTorrent();
    const client = clientOf(server.url);

    server.reply = { kind: "http", status: 502, body: "<html>502 Bad Gateway</html>" };
    await expect(client.list(never)).rejects.toThrow(/answered 502, rTorrent does not run behind it/);
    server.reply = { kind: "http", status: 200, body: "<html>Welcome to nginx!</html>" };
    await expect(client.list(never)).rejects.toMatchObject({ problem: "nonsense" });
    server.reply = {
      kind: "answer",
      document: "<methodResponse><params><param><value>1</value></param></params></methodResponse>",
    };
    await expect(client.list(never)).rejects.toMatchObject({ problem: "nonsense" });
  });

  test("list() speaks SCGI over a socket file", async () => {
    await using folder = await tempFolder();
    await using server = await fakeRTorrent({ wire: "scgi", at: folder.at("rpc.sock") });
    server.downloads = [aDownload()];

    expect(await clientOf(server.url).list(never)).toMatchObject([{ hash }]);
  });

  test("list() is told a 200 that is no SCGI from one that is", async () => {
    await using server = await fakeRTorrent({ wire: "scgi" });
    server.reply = { kind: "http", status: 200, body: "SSH-2.0-OpenSSH_9.2" };

    await expect(clientOf(server.url).list(never)).rejects.toMatchObject({ problem: "nonsense" });
  });
});

test("parseEndpoint() reads web, SCGI and socket addresses and nothing else", () => {
  expect(parseEndpoint("http://host/RPC2")).toMatchObject({ kind: "http" });
  expect(parseEndpoint("scgi://[::1]:5000")).toEqual({ kind: "scgi", host: "::1", port: 5000 });
  expect(parseEndpoint("scgi:///run/my%20rpc.sock")).toEqual({ kind: "socket", path: "/run/my rpc.sock" });
  for (const text of ["", "scgi://host", "scgi://", "file:///x", "127.0.0.1:5000"]) {
    expect(parseEndpoint(text), text).toBe(null);
  }
});

if (hasRTorrent) {
  describe("createRTorrent() with a real rTorrent", () => {
    test("load() to erase(): a torrent's life over the socket", async () => {
      await using real = await realRTorrent();
      const { client, folder } = real;
      const one = aTorrent("payload.bin");
      const two = aTorrent('we <i>r&d"\u0001', { "a.bin": 10, "sub/b.bin": 20_000 });
      await folder.write({ "some file.torrent": one.content });

      await client.load({ from: folder.at("some file.torrent"), start: true }, never);
      await client.load({ from: two.content, start: false }, never);
      await eventually(async () => expect(await client.list(never)).toHaveLength(2));

      expect(await client.get(one.hash, never)).toMatchObject({
        isActive: true,
        sizeBytes: 100_000,
        name: "payload.bin",
      });
      expect(await client.get(two.hash, never)).toMatchObject({ isActive: false, isMultiFile: true, loadedFile: "" });
      expect((await client.get(two.hash, never))?.name).toBe('we <i>r&d"\u0001');
      expect(await client.files(two.hash, never)).toEqual([
        { path: "a.bin", bytes: 10 },
        { path: "sub/b.bin", bytes: 20_000 },
      ]);

      await client.pause(one.hash, never);
      expect(await client.get(one.hash, never)).toMatchObject({ isActive: false, isStarted: true });
      await client.resume(one.hash, never);
      expect(await client.get(one.hash, never)).toMatchObject({ isActive: true });
      await client.resume(two.hash, never);
      expect(await client.get(two.hash, never)).toMatchObject({ isActive: true });
      await client.erase(one.hash, never);
      expect(await client.get(one.hash, never)).toBe(null);
      await expect(client.files(one.hash, never)).rejects.toMatchObject({ problem: "fault" });
    });
  });
}
