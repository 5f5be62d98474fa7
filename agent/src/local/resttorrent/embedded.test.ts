import { readFile } from "node:fs/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { aTorrent, bencode, type TestTorrent } from "../../../test/a-torrent.ts";
import { eventually } from "../../../test/eventually.ts";
import { serve, serving } from "../../../test/http-file-server.ts";
import { type RestDoor, restDoor } from "../../../test/rest-door.ts";
import { tempFolder } from "../../../test/temp-folder.ts";
import { readBencode } from "../../engine/torrent/bencode.ts";
import { createEmbeddedClient } from "../../engine/torrent/embedded/embedded-client.ts";
import type { OpenClient } from "./open-session.ts";

const log = { info: () => undefined, warn: () => undefined };
const openClient: OpenClient = (options) => createEmbeddedClient({ ...options, allowPrivate: true, log });

/** A real client that has the torrent's only file. */
async function seeding(torrent: TestTorrent, name: string): Promise<{ port: number }> {
  const folder = await tempFolder();
  const client = await openClient({ ports: { first: 0, last: 0 }, peerId: "5a".repeat(20), stateFolder: null });
  onTestFinished(async () => {
    await client.close();
    await folder[Symbol.asyncDispose]();
  });
  await folder.write({ [name]: torrent.files[name] ?? "" });
  const signal = AbortSignal.timeout(20_000);
  await client.add({ from: { kind: "metainfo", bytes: torrent.content }, folder: folder.path }, signal);
  await eventually(async () => expect(await client.list(signal)).toMatchObject([{ phase: "complete" }]));
  return { port: client.port };
}

/** The states and progresses that are told until the only torrent of a session is in `state`. */
async function follow(door: RestDoor, id: string, state: string): Promise<number[]> {
  const told: number[] = [];
  await eventually(async () => {
    const response = await fetch(`${door.url}/v1/sessions/${id}/torrents`);
    const { torrents } = await response.json();
    told.push(torrents[0].progress);
    expect(torrents).toMatchObject([{ state }]);
  });
  return told;
}

const post = async (url: string, body: FormData | URLSearchParams) =>
  (await fetch(url, { method: "POST", body })).json();

describe("the embedded client", () => {
  test("POST …/torrents with a file fetches it from a web seed to save_path", async () => {
    await using door = await restDoor({ openClient });
    const id = await door.session();
    const torrent = aTorrent("map.bsp", 300_000);
    const { url } = await serving(serve(torrent.files["map.bsp"] ?? ""));
    const body = new FormData();
    body.set("file", new Blob([withWebSeed(torrent, `${url}map.bsp`)]), "map.torrent");
    body.set("save_path", "maps/new");

    const answer = await post(`${door.url}/v1/sessions/${id}/torrents`, body);

    expect(answer).toMatchObject({ status: "success", info_hash: torrent.hash.toLowerCase() });
    const told = await follow(door, id, "seeding");
    expect(told).toEqual(told.toSorted((a, b) => a - b));
    expect(told.at(-1)).toBe(1);
    expect(await readFile(door.folder.at("downloads", "maps", "new", "map.bsp"))).toEqual(torrent.files["map.bsp"]);
  });

  test("POST …/torrents with a magnet link fetches it from another client, and keeps it over a restart", async () => {
    await using door = await restDoor({ openClient });
    const id = await door.session({ memory_only: 0 });
    const torrent = aTorrent("map.bsp", 300_000);
    const { port } = await seeding(torrent, "map.bsp");
    const magnet = `magnet:?xt=urn:btih:${torrent.hash}&x.pe=127.0.0.1:${port}`;

    const answer = await post(
      `${door.url}/v1/sessions/${id}/torrents`,
      new URLSearchParams({ magnet, save_path: "." }),
    );

    expect(answer).toMatchObject({ state: "downloading_metadata", progress: 0 });
    await follow(door, id, "seeding");
    expect(await readFile(door.folder.at("downloads", "map.bsp"))).toEqual(torrent.files["map.bsp"]);
    await door.restart();
    await follow(door, id, "seeding");
    await door.execute("pause_torrent", { session_id: id, info_hash: torrent.hash });
    await follow(door, id, "finished");
  });

  test("DELETE of a session while it downloads frees its port and leaves nothing at work", async () => {
    await using door = await restDoor({ openClient });
    const id = await door.session();
    const { port } = sessionIn(await door.execute("get_session", { session_id: id }));
    const torrent = aTorrent("map.bsp", 300_000);
    const stuck = await serving(
      (_, response) => void response.writeHead(200, { "content-length": 300_000 }).write("x"),
    );
    const file = withWebSeed(torrent, stuck.url);
    await door.execute("upload_torrent", { session_id: id, save_path: ".", file: new Uint8Array(file) });

    expect(await door.execute("delete_session", { session_id: id })).toEqual({ status: "success" });

    const again = await door.execute("create_session", { port_range: `${port}` });
    expect(again).toMatchObject({ status: "success", session: { port } });
  });

  test("POST /v1/sessions says that a port is taken", async () => {
    await using door = await restDoor({ openClient });
    const id = await door.session();
    const { port } = sessionIn(await door.execute("get_session", { session_id: id }));

    const answer = await door.execute("create_session", { port_range: `${port}` });

    expect(answer).toMatchObject({ status: "fail", error: { code: "session.bind" } });
  });
});

function withWebSeed({ content }: TestTorrent, url: string): Uint8Array<ArrayBuffer> {
  const info = readBencode(content).spans.get("info") ?? Buffer.alloc(0);
  const seed = bencode(url);
  return Buffer.concat([Buffer.from("d4:info"), info, Buffer.from("8:url-list"), seed, Buffer.from("e")]);
}

function sessionIn(answer: Readonly<Record<string, unknown>>): { port: number } {
  return { port: Number(answer["port"]) };
}
