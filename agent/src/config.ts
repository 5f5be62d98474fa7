import { join, resolve } from "node:path";
import {
  type AgentVariable,
  type Environment,
  LIMITS,
  readEnvironment,
  type Secret,
  variable,
} from "@modfleet/protocol";
import { distance } from "fastest-levenshtein";
import { z } from "zod";
import { LOG_LEVELS, type LogLevel } from "./log.ts";
import type { OwnLimits } from "./work/limits.ts";

/** Everything a volunteer can choose, checked. Paths are absolute, addresses have no slash at their end. */
export type Config = Readonly<{
  /** Origin. Null only where a command does without one. */
  gateway: string | null;
  invite: Secret | null;
  dataFolder: string;
  name: string;
  slots: number;
  /** Null: downloaded on first use, from Valve where `url` is null too. */
  steamcmd: Readonly<{ path: string | null; url: string | null; user: string }>;
  drainMs: number;
  /** Port 0 lets the system pick one. */
  local: Readonly<{
    host: string;
    port: number;
    origins: readonly string[] /** Null: the one in the data folder. */;
    token: Secret | null;
  }>;
  downloadsFolder: string;
  threadsSize: number;
  /** Null: adaptive. */
  blockBytes: number | null;
  torrent: Readonly<{
    /** `embedded`, or the address of a torrent server on this machine. */
    client: string;
    /** Where peers connect; 0 lets the system pick one. */
    port: number;
    /** Whether peers are also looked for in the distributed hash table. */
    dht: boolean;
    /** Seeding ends at this many times the size, or after this time, whichever comes first; 0: at once. */
    seedRatio: number;
    seedMs: number;
  }>;
  limits: OwnLimits;
  /** JSON file that says which torrent servers are watched; null: none is. */
  watchFile: string | null;
  /** Steam's Web API, for `get`. */
  steamApiUrl: string;
  /** Lets sources reach loopback and private addresses (tests, LAN). */
  allowPrivateSources: boolean;
  logLevel: LogLevel;
}>;

/** The volunteer's own limits, and what the agent reads of the gateway's variables. */
type FurtherVariable =
  | "MODFLEET_MIN_FREE"
  | "MODFLEET_MONTH_BYTES"
  | "MODFLEET_HOURS"
  | "MODFLEET_GAMES"
  | "MODFLEET_STEAM_API_URL"
  | "MODFLEET_ALLOW_PRIVATE_SOURCES";

const GIB = 1024 ** 3;
const UNITS: Readonly<Record<string, number>> = { K: 1024, M: 1024 ** 2, G: GIB, T: 1024 * GIB };
const SIZE_RULE = "Must be a number of bytes, or one with K, M, G or T behind it, like 20G";

const size = () =>
  z
    .string()
    .regex(/^[0-9]{1,12}[KMGT]?$/, SIZE_RULE)
    .transform((text) => Number.parseInt(text, 10) * (UNITS[text.slice(-1)] ?? 1))
    .refine((bytes) => Number.isSafeInteger(bytes), SIZE_RULE);

const HOURS_RULE = "Must be two hours from 0 to 24 like 22-7";
const hours = () =>
  z
    .string()
    .regex(/^[0-9]{1,2}-[0-9]{1,2}$/, HOURS_RULE)
    .transform((text) => {
      const [from = 0, to = 0] = text.split("-").map(Number);
      return { from, to };
    })
    .refine(({ from, to }) => from <= 24 && to <= 24, HOURS_RULE);

const TORRENT_CLIENT_RULE =
  "Must be embedded, or an rTorrent like scgi:///path/rpc.socket, scgi://host:port or http://host/RPC2";

const RULES = {
  MODFLEET_GATEWAY: variable.origin(),
  MODFLEET_INVITE: variable.secret(),
  MODFLEET_AGENT_DATA: variable.text(),
  MODFLEET_AGENT_NAME: variable.text().trim().min(1, "Must not be blank").max(64, "Must be at most 64 characters"),
  MODFLEET_SLOTS: variable.whole(1, LIMITS.slotsMax),
  MODFLEET_STEAMCMD: variable.text(),
  MODFLEET_STEAMCMD_URL: variable.httpUrl(),
  MODFLEET_STEAM_USER: variable.text().regex(/^[A-Za-z0-9_]{2,64}$/, "Must be a Steam account name"),
  MODFLEET_DRAIN: variable.whole(0, 86_400),
  MODFLEET_LOCAL_HOST: variable.text().regex(/^[^\s/]+$/, "Must be a host name or an address"),
  MODFLEET_LOCAL_PORT: variable.whole(0, 65_535),
  MODFLEET_LOCAL_ORIGINS: variable
    .list()
    .refine((origins) => origins.every(isOrigin), "Must be * or origins like http://host:port, separated by commas"),
  MODFLEET_LOCAL_TOKEN: z.string().min(16, "Must have at least 16 characters").pipe(variable.secret()),
  MODFLEET_DOWNLOADS: variable.text(),
  MODFLEET_THREADS_SIZE: variable.whole(1, 64),
  MODFLEET_BLOCK_SIZE: size(),
  MODFLEET_TORRENT_CLIENT: variable.text().refine(isTorrentClient, TORRENT_CLIENT_RULE),
  MODFLEET_TORRENT_PORT: variable.whole(0, 65_535),
  MODFLEET_DHT: variable.flag(),
  MODFLEET_SEED_RATIO: variable
    .text()
    .regex(/^[0-9]{1,4}(\.[0-9]{1,3})?$/, "Must be a number from 0 to 9999 like 1.5")
    .transform(Number),
  MODFLEET_SEED_MINUTES: variable.whole(0, 525_600),
  MODFLEET_MIN_FREE: size(),
  MODFLEET_MONTH_BYTES: size(),
  MODFLEET_HOURS: hours(),
  MODFLEET_GAMES: variable
    .list()
    .refine((apps) => apps.every((app) => /^[1-9][0-9]{0,9}$/.test(app)), "Must be Steam app ids separated by commas")
    .transform((apps) => apps.map(Number)),
  MODFLEET_WATCH: variable.text(),
  MODFLEET_STEAM_API_URL: variable.httpUrl(),
  MODFLEET_ALLOW_PRIVATE_SOURCES: variable.flag(),
  MODFLEET_LOG: variable.oneOf(LOG_LEVELS),
} as const satisfies Record<AgentVariable | FurtherVariable, z.ZodType>;

/** Every variable of the agent, in the order of its documentation. */
export const VARIABLES = Object.keys(RULES);

const Variables = z.object(RULES).partial();
type Variables = z.infer<typeof Variables>;

export type ConfigRead =
  | { ok: true; config: Config; warnings: string[] }
  | { ok: false; problems: string[]; warnings: string[] };

/** The configuration of somebody who chose nothing. */
export function defaultConfig(hostName: string): Config {
  return toConfig({}, hostName);
}

/** Reads the agent's variables; `flags` are variables too and win. A wrong value is a problem, an unknown name a warning. */
export function parseConfig(env: Environment, flags: Environment, { hostName }: { hostName: string }): ConfigRead {
  const read = readEnvironment({ schema: Variables, env: { ...env, ...flags }, distance });
  return read.ok ? { ok: true, config: toConfig(read.values, hostName), warnings: read.warnings } : read;
}

function toConfig(given: Variables, hostName: string): Config {
  const dataFolder = resolve(given.MODFLEET_AGENT_DATA ?? "./data/agent");
  return {
    gateway: given.MODFLEET_GATEWAY ?? null,
    invite: given.MODFLEET_INVITE ?? null,
    dataFolder,
    name: given.MODFLEET_AGENT_NAME ?? (hostName.slice(0, 64) || "agent"),
    slots: given.MODFLEET_SLOTS ?? LIMITS.slotsDefault,
    steamcmd: {
      path: given.MODFLEET_STEAMCMD === undefined ? null : resolve(given.MODFLEET_STEAMCMD),
      url: given.MODFLEET_STEAMCMD_URL ?? null,
      user: given.MODFLEET_STEAM_USER ?? "anonymous",
    },
    drainMs: given.MODFLEET_DRAIN === undefined ? LIMITS.drainMs : given.MODFLEET_DRAIN * 1_000,
    local: {
      host: given.MODFLEET_LOCAL_HOST ?? "127.0.0.1",
      port: given.MODFLEET_LOCAL_PORT ?? 8765,
      origins: given.MODFLEET_LOCAL_ORIGINS ?? [],
      token: given.MODFLEET_LOCAL_TOKEN ?? null,
    },
    downloadsFolder: resolve(given.MODFLEET_DOWNLOADS ?? join(dataFolder, "files")),
    threadsSize: given.MODFLEET_THREADS_SIZE ?? 4,
    blockBytes: given.MODFLEET_BLOCK_SIZE ?? null,
    torrent: {
      client: given.MODFLEET_TORRENT_CLIENT ?? "embedded",
      port: given.MODFLEET_TORRENT_PORT ?? 0,
      dht: given.MODFLEET_DHT ?? false,
      seedRatio: given.MODFLEET_SEED_RATIO ?? 1,
      seedMs: (given.MODFLEET_SEED_MINUTES ?? 60) * 60_000,
    },
    limits: {
      freeBytesMin: given.MODFLEET_MIN_FREE ?? 2 * GIB,
      monthBytesMax: given.MODFLEET_MONTH_BYTES ?? null,
      hours: given.MODFLEET_HOURS ?? null,
      apps: given.MODFLEET_GAMES ?? null,
    },
    watchFile: given.MODFLEET_WATCH === undefined ? null : resolve(given.MODFLEET_WATCH),
    steamApiUrl: given.MODFLEET_STEAM_API_URL ?? "https://api.steampowered.com",
    allowPrivateSources: given.MODFLEET_ALLOW_PRIVATE_SOURCES ?? false,
    logLevel: given.MODFLEET_LOG ?? "info",
  };
}

function isOrigin(text: string): boolean {
  return text === "*" || URL.parse(text)?.origin === text;
}

function isTorrentClient(text: string): boolean {
  if (text === "embedded") return true;
  const url = URL.parse(text);
  if (url?.protocol !== "scgi:") return url?.protocol === "http:" || url?.protocol === "https:";
  return url.hostname === "" ? url.pathname.length > 1 : url.port !== "";
}
