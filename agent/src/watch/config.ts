import { join, resolve } from "node:path";
import { z } from "zod";
import { createRTorrent } from "../engine/torrent/rtorrent/rtorrent.ts";
import { parseEndpoint, type RTorrentEndpoint } from "../engine/torrent/rtorrent/transport.ts";
import type { Client, CustomClient } from "./client.ts";
import { createCustomClient } from "./custom-client.ts";
import { createRTorrentClient } from "./rtorrent-client.ts";

/** A server as scripts describe it: the keys of both versions of dTorrent, and `url` and `timeout`, which are ours. */
export type ServerConfig = {
  /** `Server <n>` by default. */
  name?: string | undefined;
  /** Where torrents and data that the manager takes in are kept; needed by `createFrom…` only. */
  root_path?: string | undefined;
  dir_torrent?: string | undefined;
  dir_downloaded?: string | undefined;
  rtorrent_host?: string | undefined;
  rtorrent_port?: number | string | undefined;
  rtorrent_path?: string | undefined;
  host?: string | undefined;
  port?: number | string | undefined;
  endpoint?: string | undefined;
  /** Instead of host, port and path: `https://user:password@host/RPC2`, `scgi://host:port` or `scgi:///path/of/rpc.socket`. */
  url?: string | undefined;
  /** Milliseconds from one poll to the next, 1500 by default. */
  interval_check?: number | string | undefined;
  /** Milliseconds for one question, 10000 by default. */
  timeout?: number | string | undefined;
  /** rTorrent by default. */
  client?: "rtorrent" | CustomClient | undefined;
};

/** A configuration with everything settled. */
export type ServerSettings = {
  name: string;
  intervalMs: number;
  client: Client;
  /** Null: the script has named no folder. */
  folders: { torrents: string; data: string } | null;
};

const TIMER_MS_MAX = 2 ** 31 - 1;
const Milliseconds = z.coerce.number().int().min(0).max(TIMER_MS_MAX).optional();
const Port = z.coerce.number().int().min(1).max(65_535).optional();
const Text = z.string().min(1).max(4_096).optional();

const Given = z.looseObject({
  name: z.string().max(200).optional(),
  root_path: Text,
  dir_torrent: Text,
  dir_downloaded: Text,
  rtorrent_host: Text,
  rtorrent_port: Port,
  rtorrent_path: Text,
  host: Text,
  port: Port,
  endpoint: Text,
  url: Text,
  interval_check: Milliseconds,
  timeout: Milliseconds,
  client: z.unknown().optional(),
});
type Given = z.infer<typeof Given>;

/** Settles the configuration of server number `n`, counted from 1. Throws one sentence about everything that is wrong with it. */
export function parseServerConfig(config: unknown, n: number): ServerSettings {
  const parsed = Given.safeParse(config ?? {});
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => `${path.join(".") || "config"}: ${message}`);
    throw new TypeError(`Cannot watch server ${n}: ${problems.join("; ")}`);
  }
  const given = parsed.data;
  const name = given.name || `Server ${n}`;
  const folders = foldersOf(given);
  return { name, intervalMs: given.interval_check || 1_500, folders, client: clientOf(given, name) };
}

function foldersOf({ root_path: root, dir_torrent, dir_downloaded }: Given): ServerSettings["folders"] {
  const torrents = dir_torrent ?? (root === undefined ? undefined : join(root, "dtorrent", "torrent"));
  const data = dir_downloaded ?? (root === undefined ? undefined : join(root, "dtorrent", "downloaded"));
  return torrents === undefined || data === undefined ? null : { torrents: resolve(torrents), data: resolve(data) };
}

function clientOf(given: Given, name: string): Client {
  const timeoutMs = given.timeout || 10_000;
  const { client } = given;
  if (client === undefined || client === null || (typeof client === "string" && client.toLowerCase() === "rtorrent")) {
    return createRTorrentClient(createRTorrent({ endpoint: endpointOf(given, name), timeoutMs }));
  }
  const custom = [client, defaultOf(client)].find(isCustomClient);
  if (custom !== undefined)
    return createCustomClient(custom, { timeoutMs, torrentFolder: foldersOf(given)?.torrents ?? null });
  const missing = ["list", "getTorrent"].find((method) => typeof memberOf(client, method) !== "function");
  throw new TypeError(
    typeof client === "string"
      ? `This client is not supported : ${client}`
      : `Cannot watch ${name}: Your client has not function ${missing}()`,
  );
}

function endpointOf(given: Given, name: string): RTorrentEndpoint {
  const host = given.rtorrent_host ?? given.host ?? "127.0.0.1";
  const port = given.rtorrent_port ?? given.port ?? 8080;
  const path = given.rtorrent_path ?? given.endpoint ?? "/RPC2";
  const bracketed = host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
  const address = given.url ?? `http://${bracketed}:${port}/${path.replace(/^\/+/, "")}`;
  const endpoint = parseEndpoint(address);
  if (endpoint !== null) return endpoint;
  throw new TypeError(`Cannot watch ${name}: Not an address of rTorrent: ${address.replace(/\/\/[^@/]*@/, "//")}`);
}

/** What an ES module with a default export looks like to `require`. */
const defaultOf = (client: unknown): unknown => memberOf(client, "default");

function memberOf(value: unknown, name: string): unknown {
  const holds = (typeof value === "object" && value !== null) || typeof value === "function";
  return holds ? Reflect.get(value, name) : undefined;
}

/** The two methods without which there is nothing to watch; the others are asked for when they are needed. */
function isCustomClient(value: unknown): value is CustomClient {
  return typeof memberOf(value, "list") === "function" && typeof memberOf(value, "getTorrent") === "function";
}
