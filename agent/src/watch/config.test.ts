import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { aDownload, fakeRTorrent } from "../../test/fake-rtorrent.ts";
import { parseServerConfig, type ServerConfig } from "./config.ts";

const never = new AbortController().signal;

test("parseServerConfig() has a default for everything", () => {
  for (const config of [undefined, {}]) {
    expect(parseServerConfig(config, 3)).toMatchObject({ name: "Server 3", intervalMs: 1_500, folders: null });
  }
});

test("parseServerConfig() reaches the same rTorrent by the keys of both versions and by a URL", async () => {
  await using server = await fakeRTorrent();
  server.downloads = [aDownload()];
  const configs: ServerConfig[] = [
    { rtorrent_host: "127.0.0.1", rtorrent_port: String(server.port) },
    { rtorrent_host: "127.0.0.1", rtorrent_port: server.port, rtorrent_path: "RPC2", client: "rtorrent" },
    { host: "127.0.0.1", port: server.port, endpoint: "/RPC2", client: "rtorrent" },
    { url: server.url },
  ];

  for (const config of configs) {
    expect(await parseServerConfig(config, 1).client.poll(never), JSON.stringify(config)).toHaveLength(1);
  }
});

test("parseServerConfig() puts the folders below root_path, with and without a slash at its end", () => {
  for (const root_path of ["./data", "./data/"]) {
    expect(parseServerConfig({ root_path }, 1).folders).toEqual({
      torrents: resolve("data", "dtorrent", "torrent"),
      data: resolve("data", "dtorrent", "downloaded"),
    });
  }
  const given = { dir_torrent: "/a/t", dir_downloaded: "/a/d" };
  expect(parseServerConfig(given, 1).folders).toEqual({ torrents: join("/a/t"), data: join("/a/d") });
});

test("parseServerConfig() takes a client that is an ES module with a default export", async () => {
  const client = { default: { list: () => [], getTorrent: () => ({}) } };

  const settled = parseServerConfig({ client }, 1).client;
  expect(await settled.poll(never)).toEqual([]);
  expect(await settled.greet(never)).toBe("A client of its own with 0 torrents");
});

test.each([
  [{ rtorrent_port: 70_000 }, /server 2: rtorrent_port: /],
  [{ interval_check: -1, name: 7 }, /server 2: name: .*; interval_check: /],
  [{ host: "a b" }, /Not an address of rTorrent: http:\/\/a b:8080\/RPC2/],
  [{ url: "ftp://me:secret@host" }, /Not an address of rTorrent: ftp:\/\/host$/],
  [{ client: "transmission" }, /This client is not supported : transmission/],
  [{ client: {} }, /Your client has not function list\(\)/],
  [{ client: { list: () => [] } }, /Your client has not function getTorrent\(\)/],
  [7, /server 2: config: /],
])("parseServerConfig() refuses %j", (config, message) => {
  expect(() => parseServerConfig(config, 2)).toThrow(message);
});
