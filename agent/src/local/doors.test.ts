import { Secret } from "@modfleet/protocol";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { aStatus } from "../../test/a-status.ts";
import { HANDSHAKE, knock, ownAddress, sayRaw } from "../../test/knock.ts";
import { silentLog } from "../log.ts";
import type { Door } from "./door.ts";
import { openHttpDoor } from "./http-door.ts";
import { restTorrentRefusal } from "./resttorrent/refusal.ts";
import { fail } from "./resttorrent/rest-torrent.ts";
import { SocketDoor } from "./resttorrent/socket-door.ts";
import { type LocalSurface, openLocalSurface } from "./server.ts";
import { refuseUpgrade } from "./upgrade.ts";

const TOKEN = "the token of this port";
const socketDoor = new SocketDoor({
  rest: { execute: async () => fail("command.unknown", "") },
  fileBytesMax: 1_024,
  log: silentLog,
});
const restDoor = openHttpDoor({
  path: "/v1/",
  load: async () => ({ fetch: ({ method, url }) => Response.json({ method, url }) }),
  refusal: restTorrentRefusal,
  log: silentLog,
});
const consoleDoor: Door = { path: "/", upgrade: (_request, stream) => refuseUpgrade(stream, 503, "Here I am") };

let surface: LocalSurface;

beforeAll(async () => {
  surface = await openLocalSurface({
    ...{ host: "0.0.0.0", port: 0, origins: ["https://tools.example"], token: new Secret(TOKEN) },
    ...{ status: aStatus, drain: () => {}, log: silentLog, doors: [consoleDoor, restDoor, socketDoor] },
  });
});

afterAll(async () => {
  await socketDoor.close();
  await surface.close();
});

type Knocked = { method?: string; path: string; isChange: boolean; socket?: boolean; in: number; form: string };

const PROBLEM = "application/problem+json";
/** Every door, what it answers to those it lets in, and in which form it refuses others. */
const DOORS: readonly Knocked[] = [
  { path: "/", isChange: false, in: 200, form: PROBLEM },
  { path: "/api/status", isChange: false, in: 200, form: PROBLEM },
  { path: "/api/drain", method: "POST", isChange: true, in: 202, form: PROBLEM },
  { path: "/", socket: true, isChange: true, in: 503, form: PROBLEM },
  { path: "/v1/sessions", isChange: false, in: 200, form: "application/json" },
  { path: "/v1/sessions", method: "POST", isChange: true, in: 200, form: "application/json" },
  { path: "/v1/sessions/x", method: "DELETE", isChange: true, in: 200, form: "application/json" },
  { path: "/socket.io/?EIO=4&transport=polling", isChange: true, in: 200, form: "application/json" },
  { path: "/socket.io/?EIO=4&transport=websocket", socket: true, isChange: true, in: 101, form: "application/json" },
];

/** Without a network there is nobody to come from elsewhere; `refusalOf()` is tested with given addresses. */
const PEERS = ["127.0.0.1", ...[ownAddress() ?? []].flat()];
const ORIGINS = ["none", "own", "listed", "foreign"] as const;
const TOKENS = ["none", "right", "wrong"] as const;

const CASES = PEERS.flatMap((peer) =>
  ORIGINS.flatMap((origin) => TOKENS.map((token) => [peer, origin, token] as const)),
);

function headersOf(host: string, origin: (typeof ORIGINS)[number], token: (typeof TOKENS)[number]) {
  const origins = { none: {}, own: `http://${host}`, listed: "https://tools.example", foreign: "https://evil.example" };
  return {
    ...(origin !== "none" && { origin: origins[origin] }),
    ...(token !== "none" && { authorization: `Bearer ${token === "right" ? TOKEN : "the token of another"}` }),
  };
}

describe.each(DOORS)("$method $path (WebSocket: $socket)", ({ path, method, isChange, socket, in: inside, form }) => {
  const handshake = socket === true ? HANDSHAKE : {};
  const address = (host: string): string => `http://${host}:${new URL(surface.url).port}`;

  test.each(CASES)("from %s, origin %s, token %s is let in or refused", async (peer, origin, token) => {
    const { host } = new URL(address(peer));
    const isElsewhere = peer !== "127.0.0.1" && token !== "right";
    const isForeign = isChange && origin === "foreign" && token !== "right";

    const answer = await knock(`${address(peer)}${path}`, { ...handshake, ...headersOf(host, origin, token) }, method);

    expect(answer.status).toBe(isElsewhere ? 401 : isForeign ? 403 : inside);
    if (answer.status === 401) expect(answer.headers["www-authenticate"]).toMatch(/^Basic realm="modfleet".*Bearer/);
    if (answer.status !== inside) expect(answer.headers["content-type"]).toBe(form);
    expect(answer.body).not.toContain("the token of");
  });

  test.each([["evil.example"], ["127.0.0.1.evil.example:8765"], ["localhost.evil.example"]])(
    "under the host %s is refused, with a token too",
    async (host) => {
      const headers = { ...handshake, host, origin: `http://${host}`, authorization: `Bearer ${TOKEN}` };

      const refused = await knock(`${address("127.0.0.1")}${path}`, headers, method);

      expect([refused.status, refused.headers["content-type"]]).toEqual([421, form]);
    },
  );

  test("takes the token as a password and in the query, of pages only what they know themselves", async () => {
    const [url, password] = [`${address("127.0.0.1")}${path}`, Buffer.from(`me:${TOKEN}`).toString("base64")];
    const page = { ...handshake, origin: "https://evil.example" };
    const query = `${path.includes("?") ? "&" : "?"}token=${encodeURIComponent(TOKEN)}`;

    expect((await knock(`${url}${query}`, page, method)).status).toBe(inside);
    const remembered = await knock(url, { ...page, authorization: `Basic ${password}` }, method);
    expect(remembered.status).toBe(isChange ? 403 : inside);
  });
});

describe("openLocalSurface() with doors", () => {
  test("GET /healthz and /readyz are free for other machines, their neighbours are not", async () => {
    const host = `http://${PEERS.at(-1)}:${new URL(surface.url).port}`;

    expect((await knock(`${host}/healthz`)).status).toBe(200);
    expect((await knock(`${host}/readyz`, {}, "HEAD")).status).toBe(200);
    expect((await knock(`${host}/healthz`, { host: "evil.example" })).status).toBe(421);
    expect((await knock(`${host}/healthz/`)).status).toBe(PEERS.length > 1 ? 401 : 404);
  });

  test.each([["/v1/sessions"], ["/socket.io/?EIO=4&transport=polling"]])(
    "OPTIONS %s is answered without a token, for a browser cannot send one with it",
    async (path) => {
      const host = `http://${PEERS.at(-1)}:${new URL(surface.url).port}`;
      const asked = { origin: "https://evil.example", "access-control-request-method": "POST" };

      expect((await knock(`${host}${path}`, asked, "OPTIONS")).status).toBeLessThan(300);
      const refused = (await knock(`${host}/api/drain`, asked, "OPTIONS")).status;
      expect(refused).toBe(PEERS.length > 1 ? 401 : 405);
    },
  );

  test("what a page embeds opens no Socket.IO, though it has no Origin", async () => {
    const url = `http://127.0.0.1:${new URL(surface.url).port}/socket.io/?EIO=4&transport=polling`;

    const { status, body } = await knock(url, { "sec-fetch-site": "cross-site" });

    expect([status, JSON.parse(body)]).toEqual([403, { code: 4, message: expect.stringContaining("web origin") }]);
  });

  test("a refusal of RestTorrent is a fail that pages can read", async () => {
    const url = `http://127.0.0.1:${new URL(surface.url).port}/v1/sessions`;

    const { body, headers } = await knock(url, { origin: "https://evil.example" }, "POST");

    expect(JSON.parse(body)).toMatchObject({ status: "fail", error: { code: "origin.refused" } });
    expect(headers["access-control-allow-origin"]).toBe("*");
    expect(headers["content-type"]).toBe("application/json");
  });

  test("what cannot be read is refused in the form of the door that it was for", async () => {
    const long = "a".repeat(20_000);
    const lines = (line: string) => `${line} HTTP/1.1\r\nhost: localhost\r\n`;

    expect(await sayRaw(surface.url, `${lines("GET /v1/sessions")}x: ${long}\r\n\r\n`)).toEqual({
      ...{ status: 431, type: "application/json" },
      body: { status: "fail", error: { code: "request.broken", message: expect.stringContaining("16 KiB") } },
    });
    expect(await sayRaw(surface.url, `${lines(`GET /socket.io/?${long}`)}\r\n`)).toMatchObject({ body: { code: 4 } });
    const unknown = { status: 431, type: PROBLEM, body: { status: 431, title: expect.stringContaining("too large") } };
    expect(await sayRaw(surface.url, `${lines(`GET /?${long}`)}\r\n`)).toEqual(unknown);
    expect(await sayRaw(surface.url, "nonsense\r\n\r\n")).toMatchObject({ status: 400, type: PROBLEM });
  });

  test("a request without a host is refused as one with a strange host", async () => {
    const request = "GET /v1/sessions HTTP/1.1\r\nconnection: close\r\n\r\n";

    const refused = await sayRaw(surface.url, request);

    expect(refused).toMatchObject({ status: 421, body: { error: { code: "host.refused" } } });
  });
});
