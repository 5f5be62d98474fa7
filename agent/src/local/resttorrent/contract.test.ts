import { readFile } from "node:fs/promises";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { aTorrent } from "../../../test/a-torrent.ts";
import { freePort } from "../../../test/loopback.ts";
import { type RestDoor, restDoor } from "../../../test/rest-door.ts";

const HASH = "6ee164620a63d750ba0b7fff3c81e7f914d140db";
const MAGNET = `magnet:?xt=urn:btih:${HASH}`;

/** The text of an answer, which has to be a success or a fail in the documented form. */
async function call(door: RestDoor, line: string, body?: BodyInit): Promise<string> {
  const [method = "", path = ""] = line.split(" ");
  const response = await fetch(door.url + path, { method, ...(body === undefined ? {} : { body }) });
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("application/json");
  expect(response.headers.get("access-control-allow-origin")).toBe("*");
  return response.text();
}

const form = (fields: Record<string, string>): URLSearchParams => new URLSearchParams(fields);

async function aSession(door: RestDoor): Promise<{ id: string; port: number }> {
  const text = await call(door, "POST /v1/sessions", form({ port_range: "0,0" }));
  return JSON.parse(text).session;
}

test("POST /v1/sessions listens on the first free port and answers as documented", async () => {
  await using door = await restDoor();
  const port = await freePort();

  const text = await call(door, "POST /v1/sessions", form({ port_range: `${port},${port}` }));

  expect(text).toMatch(
    new RegExp(`^\\{"status":"success","session":\\{"id":"2d4c54[0-9a-f]{34}","port":${port}\\}\\}$`),
  );
  const socket = connect(port, "127.0.0.1");
  await new Promise((resolve, reject) => socket.once("connect", resolve).once("error", reject));
  socket.destroy();
});

test("GET /v1/sessions and one of them answer as documented", async () => {
  await using door = await restDoor();
  const { id, port } = await aSession(door);

  expect(await call(door, "GET /v1/sessions")).toBe(`{"status":"success","sessions":[{"id":"${id}","port":${port}}]}`);
  expect(await call(door, `GET /v1/sessions/${id}`)).toBe(`{"status":"success","id":"${id}","port":${port}}`);
});

test("DELETE /v1/sessions/<id> ends the session and frees its port", async () => {
  await using door = await restDoor();
  const { id, port } = await aSession(door);

  expect(await call(door, `DELETE /v1/sessions/${id}`)).toBe('{"status":"success"}');

  expect(await call(door, "GET /v1/sessions")).toBe('{"status":"success","sessions":[]}');
  const again = await call(door, "POST /v1/sessions", form({ port_range: `${port}` }));
  expect(JSON.parse(again)).toMatchObject({ session: { port } });
});

test("POST …/torrents takes a file and answers as documented", async () => {
  await using door = await restDoor();
  const { id } = await aSession(door);
  const torrent = aTorrent("map.bsp", 40_000);
  const body = new FormData();
  body.set("file", new Blob([new Uint8Array(torrent.content)]), "x.torrent");
  body.set("save_path", "maps");

  const text = await call(door, `POST /v1/sessions/${id}/torrents`, body);

  const view = `"info_hash":"${torrent.hash.toLowerCase()}","state":"downloading","progress":0,"download_rate":0,"upload_rate":0,"num_peers":0}`;
  expect(text).toBe(`{"status":"success",${view}`);
  expect(await call(door, `GET /v1/sessions/${id}/torrents`)).toBe(`{"status":"success","torrents":[{${view}]}`);
  expect(await call(door, `GET /v1/sessions/${id}/torrents/${torrent.hash}`)).toBe(text);
  expect(door.torrents.clients.get(id)?.orders).toMatchObject([{ folder: door.folder.at("downloads", "maps") }]);
});

test("POST …/torrents answers a magnet link at once", async () => {
  await using door = await restDoor();
  const { id } = await aSession(door);

  const text = await call(door, `POST /v1/sessions/${id}/torrents`, form({ magnet: MAGNET, save_path: "." }));

  expect(text).toBe(
    `{"status":"success","info_hash":"${HASH}","state":"downloading_metadata","progress":0,"download_rate":0,"upload_rate":0,"num_peers":0}`,
  );
});

test("POST …/pause, …/resume and DELETE answer success and do it", async () => {
  await using door = await restDoor();
  const { id } = await aSession(door);
  await call(door, `POST /v1/sessions/${id}/torrents`, form({ magnet: MAGNET, save_path: "." }));
  const state = () => door.torrents.clients.get(id)?.get(HASH, AbortSignal.timeout(1_000));

  expect(await call(door, `POST /v1/sessions/${id}/torrents/${HASH}/pause`)).toBe('{"status":"success"}');
  expect(await state()).toMatchObject({ isPaused: true });
  expect(await call(door, `POST /v1/sessions/${id}/torrents/${HASH}/resume`)).toBe('{"status":"success"}');
  expect(await state()).toMatchObject({ isPaused: false });
  expect(await call(door, `DELETE /v1/sessions/${id}/torrents/${HASH}`)).toBe('{"status":"success"}');
  expect(await state()).toBeNull();
});

test.each([true, false])(
  "DELETE …/torrents/<info_hash> takes its data away only when asked to (%j)",
  async (isAsked) => {
    await using door = await restDoor();
    const { id } = await aSession(door);
    const torrent = aTorrent("map.bsp", 4_000);
    await door.folder.write({ "downloads/map.bsp": "content", "downloads/other": "content" });
    await door.execute("upload_torrent", { session_id: id, file: torrent.content, save_path: "." });

    await call(door, `DELETE /v1/sessions/${id}/torrents/${torrent.hash}${isAsked ? "?delete_data=1" : ""}`);

    const left = await readFile(door.folder.at("downloads", "map.bsp"), "utf8").catch(() => "gone");
    expect(left).toBe(isAsked ? "gone" : "content");
    expect(await readFile(door.folder.at("downloads", "other"), "utf8")).toBe("content");
  },
);

const OTHER = "a".repeat(40);

test.each([
  [`GET /v1/sessions/${OTHER}`, "session.notfound"],
  [`DELETE /v1/sessions/${OTHER}`, "session.notfound"],
  [`GET /v1/sessions/${OTHER}/torrents`, "session.notfound"],
  [`POST /v1/sessions/${OTHER}/torrents`, "session.notfound"],
  ["GET /v1/sessions/%2e%2e%2f", "session.notfound"],
  [`GET /v1/sessions/ID/torrents/${OTHER}`, "torrent.notfound"],
  ["GET /v1/sessions/ID/torrents/nonsense", "torrent.notfound"],
  [`DELETE /v1/sessions/ID/torrents/${OTHER}`, "torrent.notfound"],
  [`POST /v1/sessions/ID/torrents/${OTHER}/pause`, "torrent.notfound"],
  [`POST /v1/sessions/ID/torrents/${OTHER}/resume`, "torrent.notfound"],
  ["POST /v1/sessions/ID/torrents?save_path=x", "upload.target.selectone"],
  ["POST /v1/sessions/ID/torrents?save_path=x&magnet=", "upload.target.selectone"],
  ["POST /v1/sessions/ID/torrents?save_path=x&magnet=a&url=b", "upload.target.selectone"],
  [`POST /v1/sessions/ID/torrents?magnet=${MAGNET}`, "parameter.missing"],
  [`POST /v1/sessions/ID/torrents?magnet=${MAGNET}&save_path=`, "parameter.missing"],
  [`POST /v1/sessions/ID/torrents?magnet=${MAGNET}&save_path=../x`, "access denied"],
  [`POST /v1/sessions/ID/torrents?magnet=${MAGNET}&save_path=x&storage_mode=compact`, "parameter.invalid"],
  ["POST /v1/sessions/ID/torrents?save_path=x&magnet=magnet:?dn=x", "upload.invalid"],
  ["POST /v1/sessions/ID/torrents?save_path=x&file=text", "upload.invalid"],
  ["POST /v1/sessions/ID/torrents?save_path=x&url=ftp://host/x.torrent", "upload.notsupported"],
  ["POST /v1/sessions/ID/torrents?save_path=x&url=file:///etc/passwd", "upload.notsupported"],
  ["POST /v1/sessions/ID/torrents?save_path=x&url=nonsense", "parameter.invalid"],
  ["POST /v1/sessions/ID/torrents?save_path=x&url=http://127.0.0.1:1/x.torrent", "upload.unreachable"],
  ["POST /v1/sessions?port_range=a,b", "parameter.invalid"],
  ["POST /v1/sessions?port_range=6891,6881", "parameter.invalid"],
])("%s is %s, with a sentence", async (line, code) => {
  await using door = await restDoor();
  const { id } = await aSession(door);

  const text = await call(door, line.replace("/ID", `/${id}`));

  const { error } = JSON.parse(text);
  expect(text).toBe(JSON.stringify({ status: "fail", error: { code, message: error.message } }));
  expect(error.message).toMatch(/^[A-Za-z_].{20,}/);
});

test("POST /v1/sessions with a port that is taken is session.bind, its message at the top as well", async () => {
  await using door = await restDoor();
  const { port } = await aSession(door);

  const text = await call(door, "POST /v1/sessions", form({ port_range: `${port}` }));

  const { message } = JSON.parse(text);
  expect(message).toMatch(/^bind failed address already in use: /);
  expect(text).toBe(JSON.stringify({ status: "fail", error: { code: "session.bind", message }, message }));
});
