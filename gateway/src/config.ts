import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type Environment, type GatewayVariable, readEnvironment, type Secret, variable } from "@modfleet/protocol";
import { distance } from "fastest-levenshtein";
import { z } from "zod";
import { LOG_LEVELS, type LogLevel } from "./log.ts";

/** So many at once, then one more every so many milliseconds. */
export type BucketSize = { burst: number; everyMs: number };

/** Everything an operator can choose, checked. Paths are absolute, addresses have no slash at their end. */
export type Config = Readonly<{
  host: string;
  /** 0 lets the system pick one. */
  port: number;
  dataFolder: string;
  /** `file:` and an absolute path, or the address of a server. */
  database: Readonly<{ url: string; token: Secret | null }>;
  blobsFolder: string;
  /** Null: links use the origin of the request. */
  publicUrl: string | null;
  /** Null: admin routes are off. */
  adminToken: Secret | null;
  openEnrolment: boolean;
  steam: Readonly<{ apiUrl: string; storeUrl: string; communityUrl: string; key: Secret | null }>;
  allowPrivateSources: boolean;
  /** SteamCMD runs of one public address. */
  steamRuns: Readonly<BucketSize>;
  /** Steam Web API calls of this process. */
  steamCalls: Readonly<BucketSize>;
  telegram: Readonly<{ token: Secret | null; apiUrl: string }>;
  /** Path prefix for `X-Accel-Redirect` behind nginx, with slashes at both ends; null: we send the bytes ourselves. */
  accelPrefix: string | null;
  /** Announce addresses that stand in the torrents of archives. */
  trackers: readonly string[];
  logLevel: LogLevel;
}>;

const fileUrl = z.string().refine((text) => filePath(text) !== null, "Must be file: and a path");

const RULES = {
  MODFLEET_HOST: variable.text().regex(/^[^\s/]+$/, "Must be a host name or an address"),
  MODFLEET_PORT: variable.whole(0, 65_535),
  MODFLEET_DATA: variable.text(),
  MODFLEET_DATABASE_URL: variable
    .text()
    .regex(
      /^(file:.|(https?|libsql|wss?):\/\/.)/,
      "Must start with file:, http://, https://, libsql://, ws:// or wss://",
    ),
  MODFLEET_DATABASE_TOKEN: variable.secret(),
  MODFLEET_BLOBS_URL: z
    .string()
    .refine((text) => !text.startsWith("s3:"), "Cannot be s3: yet, use file: and a path")
    .pipe(fileUrl),
  MODFLEET_PUBLIC_URL: variable.origin(),
  MODFLEET_ADMIN_TOKEN: z.string().min(16, "Must have at least 16 characters").pipe(variable.secret()),
  MODFLEET_OPEN_ENROLMENT: variable.flag(),
  MODFLEET_STEAM_API_URL: variable.httpUrl(),
  MODFLEET_STEAM_STORE_URL: variable.httpUrl(),
  MODFLEET_STEAM_COMMUNITY_URL: variable.httpUrl(),
  MODFLEET_STEAM_KEY: variable.secret(),
  MODFLEET_ALLOW_PRIVATE_SOURCES: variable.flag(),
  MODFLEET_STEAM_RUNS: variable.bucket(),
  MODFLEET_STEAM_CALLS: variable.bucket(),
  MODFLEET_TELEGRAM_TOKEN: variable.secret(),
  MODFLEET_TELEGRAM_API_URL: variable.httpUrl(),
  MODFLEET_ACCEL_PREFIX: variable.text().regex(/^\/([\w.-]+\/)+$/, "Must be a path like /protected/"),
  MODFLEET_TRACKERS: variable
    .list()
    .refine((urls) => urls.every(isTracker), "Must be addresses like udp://host:port/announce, separated by commas"),
  MODFLEET_LOG: variable.oneOf(LOG_LEVELS),
} as const satisfies Record<GatewayVariable, z.ZodType>;

const Variables = z.object(RULES).partial();
type Variables = z.infer<typeof Variables>;

export type ConfigRead =
  | { ok: true; config: Config; warnings: string[] }
  | { ok: false; problems: string[]; warnings: string[] };

/** Reads the gateway's variables; `flags` are variables too and win. A wrong value is a problem, an unknown name a warning. */
export function parseConfig(env: Environment, flags: Environment = {}): ConfigRead {
  const read = readEnvironment({ schema: Variables, env: { ...env, ...flags }, distance });
  return read.ok ? { ok: true, config: toConfig(read.values), warnings: read.warnings } : read;
}

function toConfig(given: Variables): Config {
  const dataFolder = resolve(given.MODFLEET_DATA ?? "./data/gateway");
  return {
    host: given.MODFLEET_HOST ?? "127.0.0.1",
    port: given.MODFLEET_PORT ?? 8080,
    dataFolder,
    database: {
      url: databaseUrl(given.MODFLEET_DATABASE_URL ?? `file:${join(dataFolder, "modfleet.db")}`),
      token: given.MODFLEET_DATABASE_TOKEN ?? null,
    },
    blobsFolder: (given.MODFLEET_BLOBS_URL && filePath(given.MODFLEET_BLOBS_URL)) || dataFolder,
    publicUrl: given.MODFLEET_PUBLIC_URL ?? null,
    adminToken: given.MODFLEET_ADMIN_TOKEN ?? null,
    openEnrolment: given.MODFLEET_OPEN_ENROLMENT ?? false,
    steam: {
      apiUrl: given.MODFLEET_STEAM_API_URL ?? "https://api.steampowered.com",
      storeUrl: given.MODFLEET_STEAM_STORE_URL ?? "https://store.steampowered.com",
      communityUrl: given.MODFLEET_STEAM_COMMUNITY_URL ?? "https://steamcommunity.com",
      key: given.MODFLEET_STEAM_KEY ?? null,
    },
    allowPrivateSources: given.MODFLEET_ALLOW_PRIVATE_SOURCES ?? false,
    steamRuns: given.MODFLEET_STEAM_RUNS ?? { burst: 30, everyMs: 10_000 },
    steamCalls: given.MODFLEET_STEAM_CALLS ?? { burst: 10, everyMs: 1_000 },
    telegram: {
      token: given.MODFLEET_TELEGRAM_TOKEN ?? null,
      apiUrl: given.MODFLEET_TELEGRAM_API_URL ?? "https://api.telegram.org",
    },
    accelPrefix: given.MODFLEET_ACCEL_PREFIX ?? null,
    trackers: given.MODFLEET_TRACKERS ?? [],
    logLevel: given.MODFLEET_LOG ?? "info",
  };
}

function isTracker(text: string): boolean {
  return /^(udp|https?|wss?):$/.test(URL.parse(text)?.protocol ?? "");
}

/** Relative files would move with the working folder. */
function databaseUrl(url: string): string {
  const path = filePath(url);
  return path === null ? url : `file:${path}`;
}

/** The absolute path behind `file:relative`, `file:/absolute` or `file:///absolute`; null for anything else. */
function filePath(url: string): string | null {
  if (!url.startsWith("file:") || url === "file:") return null;
  if (!url.startsWith("file://")) return resolve(url.slice("file:".length));
  const parsed = URL.parse(url);
  return parsed !== null && parsed.host === "" ? fileURLToPath(parsed) : null;
}
