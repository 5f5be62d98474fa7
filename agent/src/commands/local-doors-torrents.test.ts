import { mkdirSync } from "node:fs";
import { io, type Socket } from "socket.io-client";
import { describe, expect, onTestFinished, test } from "vitest";
import { aStatus } from "../../test/a-status.ts";
import { aTorrent } from "../../test/a-torrent.ts";
import { tempFolder } from "../../test/temp-folder.ts";
import { parseConfig } from "../config.ts";
import { silentLog } from "../log.ts";
import { openLocalDoors } from "./local-doors.ts";

const ANY_PORT = { port_range: "0,0" };

/** The doors of a volunteer whose data lies in this folder. */
async function doors(dataFolder: string) {
  const env = { MODFLEET_LOCAL_PORT: "0", MODFLEET_ALLOW_PRIVATE_SOURCES: "1", MODFLEET_AGENT_DATA: dataFolder };
  const read = parseConfig(env, {}, { hostName: "box" });
  if (!read.ok) throw new Error(read.problems.join());
  mkdirSync(dataFolder, { recursive: true });
  const surface = await openLocalDoors(read.config, { status: aStatus, drain: () => {}, log: silentLog });
  return { url: surface.url, [Symbol.asyncDispose]: () => surface.close() };
}

function socketTo(url: string): Socket {
  const socket = io(url, { reconnection: false, forceNew: true });
  onTestFinished(() => void socket.disconnect());
  return socket;
}

/** A command over HTTP. */
async function ask(url: string, method: string, body?: FormData | URLSearchParams): Promise<unknown> {
  const response = await fetch(url, { method, ...(body !== undefined && { body }) });
  expect(response.headers.get("access-control-allow-origin")).toBe("*");
  return response.json();
}

/** A torrent that nobody shares, in a session of its own. */
async function downloading(url: string): Promise<{ session: string; hash: string }> {
  const created = await ask(`${url}/v1/sessions`, "POST", new URLSearchParams({ ...ANY_PORT, memory_only: "0" }));
  expect(created).toMatchObject({ status: "success", session: { id: expect.any(String) } });
  const session = JSON.parse(JSON.stringify(created)).session.id;
  const torrent = aTorrent();
  const form = new FormData();
  form.set("save_path", "here");
  form.set("file", new Blob([new Uint8Array(torrent.content)]), "payload.torrent");
  const added = await ask(`${url}/v1/sessions/${session}/torrents`, "POST", form);
  const hash = torrent.hash.toLowerCase();
  expect(added).toMatchObject({ status: "success", info_hash: hash });
  return { session, hash };
}

describe("openTorrentDoors()", () => {
  test("openTorrentDoors() shows one RestTorrent behind HTTP and Socket.IO", async () => {
    await using folder = await tempFolder();
    await using agent = await doors(folder.path);
    const socket = socketTo(agent.url);

    const created: unknown = await socket.emitWithAck("v1", { t_id: "1", command: "create_session", ...ANY_PORT });
    expect(created).toMatchObject({ status: "success", t_id: "1", session: { port: expect.any(Number) } });
    const listed = await ask(`${agent.url}/v1/sessions`, "GET");
    const overSocket: unknown = await socket.emitWithAck("v1", { t_id: 2, command: "get_session_list" });

    expect(overSocket).toEqual({ ...Object(listed), t_id: 2 });
    expect(listed).toMatchObject({ sessions: [Object(created).session] });
  });

  test("a torrent file comes over Socket.IO into the downloads folder, and not out of it", async () => {
    await using folder = await tempFolder();
    await using agent = await doors(folder.path);
    const socket = socketTo(agent.url);
    const { session } = Object(await socket.emitWithAck("v1", { command: "create_session", ...ANY_PORT }));
    const torrent = aTorrent();
    const upload = { command: "upload_torrent", session_id: session.id, file: torrent.content };

    const inside: unknown = await socket.emitWithAck("v1", { ...upload, save_path: "here" });
    const outside: unknown = await socket.emitWithAck("v1", { ...upload, save_path: "../here" });

    expect(inside).toMatchObject({ status: "success", info_hash: torrent.hash.toLowerCase() });
    expect(outside).toMatchObject({ status: "fail", error: { code: "access denied" } });
  });

  test("close() ends a session in the middle of a download, and the next start goes on with it", async () => {
    await using folder = await tempFolder();
    const first = await doors(folder.path);
    const { session, hash } = await downloading(first.url);
    const socket = socketTo(first.url);
    await socket.emitWithAck("v1", { command: "get_session_list" });
    const gone = new Promise((resolve) => socket.once("disconnect", resolve));

    await first[Symbol.asyncDispose]();
    await gone;
    await expect(fetch(first.url)).rejects.toThrow();
    await using second = await doors(folder.path);

    expect(await ask(`${second.url}/v1/sessions/${session}/torrents`, "GET")).toMatchObject({
      torrents: [{ info_hash: hash }],
    });
  });

  test("an unknown path below /v1/ is answered in RestTorrent's form", async () => {
    await using folder = await tempFolder();
    await using agent = await doors(folder.path);

    const response = await fetch(`${agent.url}/v1/nothing`);

    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ status: "fail" });
  });

  test("openTorrentDoors() says what to choose where its sessions cannot be kept", async () => {
    await using folder = await tempFolder();
    await folder.write({ resttorrent: "a file" });

    await expect(doors(folder.path)).rejects.toThrow(/Cannot keep RestTorrent's sessions in .* MODFLEET_AGENT_DATA/);
  });
});
