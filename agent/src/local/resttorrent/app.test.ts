import { request as httpRequest } from "node:http";
import { describe, expect, test } from "vitest";
import { aTorrent } from "../../../test/a-torrent.ts";
import { type RestDoor, restDoor } from "../../../test/rest-door.ts";
import { METAINFO_BYTES_MAX } from "../../engine/torrent/metainfo.ts";
import { createLog, silentLog } from "../../log.ts";
import { createRestTorrentApp } from "./app.ts";

const SESSIONS = "/v1/sessions";
const json = (value: unknown) => ({ headers: { "content-type": "application/json" }, body: JSON.stringify(value) });
const post = (door: RestDoor, path: string, init: RequestInit) => fetch(door.url + path, { method: "POST", ...init });

/** The code of the fail in an answer. */
async function codeOf(response: Response): Promise<string> {
  expect(response.headers.get("access-control-allow-origin")).toBe("*");
  const { status, error } = await response.json();
  expect(status).toBe("fail");
  return error.code;
}

describe("parameters", () => {
  test("createRestTorrentApp() takes JSON numbers, booleans and lists", async () => {
    await using door = await restDoor();

    const response = await post(door, SESSIONS, json({ port_range: [0, 0], memory_only: false, other: { a: 1 } }));

    expect(await response.json()).toMatchObject({ status: "success" });
    const [id = ""] = door.torrents.clients.keys();
    await door.restart();
    expect(await door.execute("get_session", { session_id: id })).toMatchObject({ status: "success", id });
  });

  test("createRestTorrentApp() lets JSON win over the query, and the path over both", async () => {
    await using door = await restDoor();
    const id = await door.session();
    const magnet = `magnet:?xt=urn:btih:${"a".repeat(40)}`;

    const body = json({ save_path: "from-json", session_id: "nobody", magnet });
    await post(door, `${SESSIONS}/${id}/torrents?save_path=from-query&session_id=nobody`, body);

    const orders = door.torrents.clients.get(id)?.orders;
    expect(orders).toMatchObject([{ folder: door.folder.at("downloads", "from-json") }]);
  });

  test("createRestTorrentApp() takes the last of several values, and an empty one for none", async () => {
    await using door = await restDoor();
    const { port } = await (await post(door, `${SESSIONS}?port_range=0,0`, {})).json().then(({ session }) => session);

    const response = await post(door, `${SESSIONS}?port_range=${port}&port_range=0,0&memory_only=`, {});

    expect(await response.json()).toMatchObject({ status: "success" });
  });

  test.each(["file", "torrent", "x"])(
    "createRestTorrentApp() takes a multipart part called %j for the file",
    async (name) => {
      await using door = await restDoor();
      const id = await door.session();
      const { content, hash } = aTorrent("map.bsp", 40_000);
      const body = new FormData();
      body.append(name, new Blob([new Uint8Array(content)], { type: "text/plain" }), "any thing.bin");
      body.append("save_path", "x");
      body.append("magnet", "");

      const response = await post(door, `${SESSIONS}/${id}/torrents`, { body });

      expect(await response.json()).toMatchObject({ status: "success", info_hash: hash.toLowerCase() });
    },
  );

  test("createRestTorrentApp() takes a file field in which nothing was chosen for none", async () => {
    await using door = await restDoor();
    const id = await door.session();
    const body = new FormData();
    body.append("file", new Blob([]), "");
    body.append("magnet", `magnet:?xt=urn:btih:${"A".repeat(32)}`);
    body.append("save_path", ".");

    const response = await post(door, `${SESSIONS}/${id}/torrents`, { body });

    expect(await response.json()).toMatchObject({ status: "success", info_hash: "0".repeat(40) });
  });
});

describe("bad requests", () => {
  test.each([
    ["JSON that does not parse", { "content-type": "application/json" }, "{"],
    ["JSON that is no object", { "content-type": "application/json; charset=utf-8" }, "[1]"],
    ["JSON that is no UTF-8", { "content-type": "application/json" }, new Uint8Array([0x22, 0xff, 0x22])],
    ["multipart without a boundary", { "content-type": "multipart/form-data" }, "--x--"],
    ["multipart that ends early", { "content-type": "multipart/form-data; boundary=x" }, "--x\r\ncontent-dis"],
    ["a body that is too large", { "content-type": "application/json" }, `"${"a".repeat(100_000)}"`],
  ])("createRestTorrentApp() answers %s with parameter.invalid", async (_, headers, body) => {
    await using door = await restDoor();

    const response = await post(door, SESSIONS, { headers, body });

    expect(response.status).toBe(200);
    expect(await codeOf(response)).toBe("parameter.invalid");
    expect(door.torrents.clients.size).toBe(0);
  });

  test("createRestTorrentApp() leaves bodies of other types alone", async () => {
    await using door = await restDoor();
    const id = await door.session();

    const headers = { "content-type": "text/plain" };
    const response = await post(door, `${SESSIONS}/${id}/torrents`, { headers, body: '{"save_path":"x"}' });

    expect(await codeOf(response)).toBe("upload.target.selectone");
  });

  test.each([true, false])(
    "createRestTorrentApp() reads no more of a body than its bound (chunked: %j)",
    async (isChunked) => {
      await using door = await restDoor();
      const id = await door.session();
      const bytes = METAINFO_BYTES_MAX + 1_000_000;

      const answer = await sendMuch(`${door.url}${SESSIONS}/${id}/torrents`, bytes, isChunked);

      expect(JSON.parse(answer)).toMatchObject({ status: "fail", error: { code: "upload.invalid" } });
    },
  );

  test("createRestTorrentApp() tells the log what nobody foresaw, and its client that there is something", async () => {
    const lines: string[] = [];
    const rest = { execute: () => Promise.reject(new Error("secret detail")), close: async () => {} };
    const app = createRestTorrentApp(rest, createLog({ level: "info", write: (line) => lines.push(line) }));

    const answer = await (await app.request(`${SESSIONS}?callback=cb`)).text();

    expect(answer).toMatch(/^cb\(\{"status":"fail","error":\{"code":"agent\.failed"/);
    expect(answer).not.toContain("secret");
    expect(lines).toEqual([expect.stringContaining("secret detail")]);
  });

  test("createRestTorrentApp() bears a query of a megabyte", async () => {
    await using door = await restDoor();
    const url = `http://localhost${SESSIONS}?${"a=%20&".repeat(170_000)}port_range=x`;

    const response = await createRestTorrentApp(door.rest, silentLog).request(url, { method: "POST" });

    expect(await codeOf(response)).toBe("parameter.invalid");
  });

  test("createRestTorrentApp() answers what is no upload with upload.invalid", async () => {
    await using door = await restDoor();
    const id = await door.session();
    const { content } = aTorrent();
    const files = [
      new Uint8Array(0),
      new Uint8Array(content).subarray(0, -1),
      new TextEncoder().encode("<!doctype html>"),
    ];

    for (const file of files) {
      const body = new FormData();
      body.append("file", new Blob([file]), "x.torrent");
      body.append("save_path", "x");
      expect(await codeOf(await post(door, `${SESSIONS}/${id}/torrents`, { body }))).toBe("upload.invalid");
    }
  });
});

describe("paths and methods", () => {
  test.each([
    "/v1",
    "/v1/",
    "/v1/sessions/",
    "/v1/other",
    "/v1/sessions/a/b",
    "/v1/sessions/a/torrents/b/c",
    "/v2/sessions",
  ])("GET %s is 404 in the error form", async (path) => {
    await using door = await restDoor();

    const response = await fetch(door.url + path);

    expect(response.status).toBe(404);
    expect(await codeOf(response)).toBe("path.unknown");
  });

  test.each([
    ["PUT", "/v1/sessions", "GET, HEAD, POST, OPTIONS"],
    ["DELETE", "/v1/sessions", "GET, HEAD, POST, OPTIONS"],
    ["POST", "/v1/sessions/a", "GET, HEAD, DELETE, OPTIONS"],
    ["PATCH", "/v1/sessions/a/torrents", "GET, HEAD, POST, OPTIONS"],
    ["GET", "/v1/sessions/a/torrents/b/pause", "POST, OPTIONS"],
    ["HEAD", "/v1/sessions/a/torrents/b/resume", "POST, OPTIONS"],
  ])("%s %s is 405 and names what is allowed", async (method, path, allow) => {
    await using door = await restDoor();

    const response = await fetch(door.url + path, { method });

    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe(allow);
    if (method !== "HEAD") expect(await codeOf(response)).toBe("method.unknown");
  });

  test("OPTIONS is a preflight that lets browsers post and delete", async () => {
    await using door = await restDoor();

    const response = await fetch(`${door.url}/v1/sessions/a`, { method: "OPTIONS" });

    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "access-control-allow-origin": "*",
      "access-control-allow-methods": "GET, POST, DELETE",
      "access-control-allow-headers": expect.stringContaining("content-type"),
      allow: "GET, HEAD, DELETE, OPTIONS",
    });
    expect(await response.text()).toBe("");
  });

  test("HEAD answers like GET, without the body", async () => {
    await using door = await restDoor();
    const whole = await fetch(door.url + SESSIONS);

    const head = await fetch(door.url + SESSIONS, { method: "HEAD" });

    expect(head.status).toBe(200);
    expect(head.headers.get("content-length")).toBe(`${(await whole.text()).length}`);
    expect(head.headers.get("content-type")).toBe("application/json");
    expect(await head.text()).toBe("");
  });
});

describe("JSONP", () => {
  test.each([
    ["/v1/sessions?callback=cb", 'cb({"status":"success","sessions":[]})'],
    ["/v1/sessions?callback=a&callback=my.cb", 'my.cb({"status":"success","sessions":[]})'],
    [
      "/v1/sessions/x?callback=cb",
      expect.stringMatching(/^cb\(\{"status":"fail","error":\{"code":"session\.notfound",.*\}\}\)$/),
    ],
    [
      "/v1/other?callback=cb",
      expect.stringMatching(/^cb\(\{"status":"fail","error":\{"code":"path\.unknown",.*\}\}\)$/),
    ],
  ])("GET %s is a script", async (path, text) => {
    await using door = await restDoor();

    const response = await fetch(door.url + path);

    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/javascript; charset=utf-8");
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    expect(await response.text()).toEqual(text);
  });

  test("POST with a callback that is none does nothing and says so in plain JSON", async () => {
    await using door = await restDoor();

    const response = await post(door, `${SESSIONS}?port_range=0,0&callback=alert(1)//`, {});

    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(await codeOf(response)).toBe("callback.invalid");
    expect(door.torrents.clients.size).toBe(0);
  });

  test("GET with an empty callback is plain JSON", async () => {
    await using door = await restDoor();

    const response = await fetch(`${door.url}${SESSIONS}?callback=`);

    expect(await response.json()).toEqual({ status: "success", sessions: [] });
  });
});

/** The answer to a body of many bytes, whether or not it could all be sent. */
function sendMuch(url: string, bytes: number, isChunked: boolean): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const length = isChunked ? {} : { "content-length": bytes };
  const headers = { "content-type": "multipart/form-data; boundary=x", ...length };
  const request = httpRequest(url, { method: "POST", headers }, (response) => {
    let text = "";
    response.setEncoding("utf8").on("data", (part: string) => {
      text += part;
    });
    response.on("end", () => resolve(text)).on("error", reject);
  });
  // The server may hang up before everything is sent; the answer counts.
  request.on("error", (error) => setImmediate(() => reject(error)));
  const chunk = Buffer.alloc(1_000_000);
  const send = (left: number): void => {
    if (left <= 0) return void request.end();
    request.write(chunk.subarray(0, Math.min(left, chunk.length)), () => send(left - chunk.length));
  };
  send(bytes);
  return promise;
}
