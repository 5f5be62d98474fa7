import { readdir, symlink } from "node:fs/promises";
import { expect, test } from "vitest";
import { aTorrent, bencode } from "../../../test/a-torrent.ts";
import { serve, serving } from "../../../test/http-file-server.ts";
import { codeIn, type RestDoor, restDoor } from "../../../test/rest-door.ts";
import { TorrentError } from "../../engine/torrent/client.ts";
import { METAINFO_BYTES_MAX } from "../../engine/torrent/metainfo.ts";
import type { Parameters } from "./rest-torrent.ts";

async function upload(door: RestDoor, id: string, parameters: Parameters) {
  return door.execute("upload_torrent", { session_id: id, save_path: "x", ...parameters });
}

const ordersOf = (door: RestDoor, id: string) => door.torrents.clients.get(id)?.orders ?? [];

test("upload_torrent fetches the torrent file behind a url", async () => {
  await using door = await restDoor();
  const id = await door.session();
  const torrent = aTorrent("map.bsp", 40_000);
  const { url } = await serving(serve(torrent.content));

  const answer = await upload(door, id, { url: `${url}map.torrent` });

  expect(answer).toMatchObject({ status: "success", info_hash: torrent.hash.toLowerCase(), state: "downloading" });
});

test("upload_torrent follows redirects, but not to another scheme", async () => {
  await using door = await restDoor();
  const id = await door.session();
  const torrent = aTorrent();
  const good = await serving(serve(torrent.content));
  const redirect = async (location: string): Promise<string> =>
    (await serving((_, response) => response.writeHead(302, { location }).end())).url;

  expect(codeIn(await upload(door, id, { url: await redirect(good.url) }))).toBeNull();
  expect(codeIn(await upload(door, id, { url: await redirect("file:///etc/passwd") }))).toBe("upload.unreachable");
});

test("upload_torrent refuses a url in a private network unless it is allowed", async () => {
  await using door = await restDoor({ allowPrivate: false });
  const id = await door.session();
  const { url, requests } = await serving(serve(aTorrent().content));

  const answers = [
    await upload(door, id, { url }),
    await upload(door, id, { url: url.replace("127.0.0.1", "localhost") }),
  ];

  expect(answers.map(codeIn)).toEqual(["upload.unreachable", "upload.unreachable"]);
  for (const answer of answers) expect(JSON.stringify(answer)).toContain("MODFLEET_ALLOW_PRIVATE_SOURCES");
  expect(requests).toHaveLength(0);
});

test.each([404, 500, 204])("upload_torrent says that a url answered %i", async (status) => {
  await using door = await restDoor();
  const id = await door.session();
  const { url } = await serving((_, response) => response.writeHead(status).end());

  const answer = await upload(door, id, { url });

  expect(codeIn(answer)).toBe("upload.unreachable");
  expect(JSON.stringify(answer)).toContain(`${status}`);
});

test("upload_torrent refuses a url whose answer is no torrent, or endless", async () => {
  await using door = await restDoor();
  const id = await door.session();
  const page = await serving((_, response) => response.end("<!doctype html>"));
  const endless = await serving((_, response) => {
    const more = (): void => {
      while (!response.destroyed && response.write(Buffer.alloc(1_000_000)));
    };
    response.on("drain", more);
    more();
  });

  expect(codeIn(await upload(door, id, { url: page.url }))).toBe("upload.invalid");
  expect(codeIn(await upload(door, id, { url: endless.url }))).toBe("upload.invalid");
});

test("upload_torrent answers with the torrent that is there already", async () => {
  await using door = await restDoor();
  const id = await door.session();
  const { content, hash } = aTorrent();
  const first = await upload(door, id, { file: content });
  door.torrents.clients.get(id)?.set(hash.toLowerCase(), { phase: "complete" });

  const again = await upload(door, id, { magnet: `magnet:?xt=urn:btih:${hash}`, save_path: "elsewhere" });

  expect(again).toMatchObject({ ...first, state: "seeding", progress: 1 });
  expect(ordersOf(door, id)).toHaveLength(1);
  expect(await readdir(door.folder.at("downloads"))).toEqual(["x"]);
});

test.each([
  ["1", false],
  ["", false],
  ["0", true],
  [false, true],
])("upload_torrent with autostart %j is paused: %j", async (autostart, isPaused) => {
  await using door = await restDoor();
  const id = await door.session();

  await upload(door, id, { file: aTorrent().content, autostart });

  expect(ordersOf(door, id)).toMatchObject([{ isPaused }]);
});

test("upload_torrent with storage_mode=allocate wants room for all of it", async () => {
  await using door = await restDoor();
  const id = await door.session();
  const pieceBytes = 64 * 1024 ** 2;
  const torrentOf = (pieces: number): Buffer =>
    bencode({
      info: { name: "x", "piece length": pieceBytes, length: pieceBytes * pieces, pieces: Buffer.alloc(20 * pieces) },
    });
  const huge = torrentOf(2 ** 19);

  expect(codeIn(await upload(door, id, { file: huge, storage_mode: "allocate" }))).toBe("disk.failed");
  expect(codeIn(await upload(door, id, { file: torrentOf(1), storage_mode: "allocate" }))).toBeNull();
  expect(codeIn(await upload(door, id, { file: huge, storage_mode: "sparse" }))).toBeNull();
});

test("upload_torrent makes nothing where the torrent's own folder is a link out", async () => {
  await using door = await restDoor();
  const id = await door.session();
  await door.folder.write({ "outside/keep": "x", "downloads/x/other": "x" });
  await symlink(door.folder.at("outside"), door.folder.at("downloads", "x", "pack"));

  const answer = await upload(door, id, { file: aTorrent("pack", { keep: 10, "b/c": 10 }).content });

  expect(codeIn(answer)).toBe("access denied");
  expect(ordersOf(door, id)).toHaveLength(0);
});

test("upload_torrent makes no folder for what is no torrent", async () => {
  await using door = await restDoor();
  const id = await door.session();

  await upload(door, id, { file: Buffer.from("junk") });
  await upload(door, id, { file: Buffer.alloc(METAINFO_BYTES_MAX + 1) });

  expect(await readdir(door.folder.at("downloads"))).toEqual([]);
});

test.each([
  [new TorrentError("disk", "ENOSPC"), "disk.failed"],
  [new TorrentError("too_large", "Too large"), "upload.invalid"],
  [new TorrentError("unreachable", "Gone"), "agent.failed"],
  [new Error("A bug"), "agent.failed"],
])("upload_torrent tells a client's %s as %s", async (error, code) => {
  await using door = await restDoor();
  const id = await door.session();
  const client = door.torrents.clients.get(id);
  if (client === undefined) throw new Error("No client");
  client.add = () => Promise.reject(error);

  const answer = await upload(door, id, { file: aTorrent().content });

  expect(codeIn(answer)).toBe(code);
  expect(JSON.stringify(answer)).not.toContain("A bug");
});

test("upload_torrent says when a session is full", async () => {
  await using door = await restDoor();
  const id = await door.session();
  const magnet = (at: number): string => `magnet:?xt=urn:btih:${at.toString(16).padStart(40, "0")}`;

  const answers = await Promise.all(Array.from({ length: 505 }, (_, at) => upload(door, id, { magnet: magnet(at) })));

  expect(answers.filter((answer) => codeIn(answer) === null)).toHaveLength(500);
  expect(answers.filter((answer) => codeIn(answer) === "torrent.limit")).toHaveLength(5);
});

test("execute() names the commands there are where it does not know one", async () => {
  await using door = await restDoor();

  expect(codeIn(await door.execute("constructor"))).toBe("command.unknown");
  expect(JSON.stringify(await door.execute("nonsense"))).toContain("get_torrent_list");
  expect(codeIn(await door.execute("get_session"))).toBe("parameter.missing");
});
