import { readFileSync, statSync } from "node:fs";
import { z } from "zod";
import { parseServerConfig, type ServerConfig, type ServerSettings } from "./config.ts";
import { parseSecret } from "./sign.ts";
import { parseTarget } from "./webhook.ts";

const FILE_BYTES_MAX = 1024 ** 2;
const FORM = 'It must be {"servers": [{…}, …], "webhooks": [{"url", "secret"}, …]}, or the list of servers alone';

const WebHooks = z.array(z.strictObject({ url: z.string(), secret: z.string().optional() }));
type WebHookEntry = z.infer<typeof WebHooks>[number];

const Servers = z
  .array(z.custom<ServerConfig>(isObject, "must be an object"))
  .min(1, "There must be at least one server");
const Whole = z.strictObject({ servers: Servers, webhooks: WebHooks.default([]) });

/** What the file says. `settings` are its servers, settled, in their order. */
export type WatchFile = { servers: ServerConfig[]; settings: ServerSettings[]; webhooks: WebHookEntry[] };
export type WatchFileRead = { ok: true; file: WatchFile } | { ok: false; problems: string[] };

/** Reads the JSON file that `MODFLEET_WATCH` names: `{servers, webhooks}`, or the list of servers alone. Finds everything that is wrong. */
export function readWatchFile(path: string): WatchFileRead {
  try {
    if (statSync(path).size > FILE_BYTES_MAX) throw new Error(`It has more than ${FILE_BYTES_MAX} bytes`);
    return parseWatchFile(JSON.parse(readFileSync(path, "utf8")));
  } catch (error) {
    return { ok: false, problems: [messageOf(error)] };
  }
}

function parseWatchFile(json: unknown): WatchFileRead {
  const whole = Array.isArray(json) ? { servers: json } : json;
  if (!isObject(whole)) return { ok: false, problems: [FORM] };
  const parsed = Whole.safeParse(whole);
  if (!parsed.success) return { ok: false, problems: parsed.error.issues.map(textOf) };
  const { servers, webhooks } = parsed.data;
  const settled = servers.map((server, index) => attempt(() => parseServerConfig(server, index + 1)));
  const settings = settled.flatMap(({ value }) => value ?? []);
  const names = settings.map(({ name }) => name);
  const twice = new Set(names.filter((name, index) => names.indexOf(name) !== index));
  const problems = [
    ...settled.flatMap(({ problem }) => problem ?? []),
    ...[...twice].map((name) => `Two servers have the name ${name}`),
    ...webhooks.flatMap(problemsOfWebHook),
  ];
  return problems.length === 0 ? { ok: true, file: { servers, settings, webhooks } } : { ok: false, problems };
}

function problemsOfWebHook({ url, secret }: WebHookEntry, index: number): string[] {
  const isSecretWrong = secret !== undefined && parseSecret(secret) === null;
  return [
    ...[attempt(() => parseTarget(url)).problem ?? []].flat(),
    ...(isSecretWrong ? ["A webhook's secret must be whsec_<base64>"] : []),
  ].map((problem) => `webhook ${index + 1}: ${problem}`);
}

/** `servers.0.port: …`, with its entries counted from 1 as messages do everywhere. */
function textOf({ path, message }: z.core.$ZodIssue): string {
  const [list, index, ...rest] = path;
  const where =
    typeof index === "number" ? [String(list).replace(/s$/, ""), index + 1, ...rest].join(" ") : path.join(".");
  return where === "" ? `${message}. ${FORM}` : `${where}: ${message}`;
}

type Attempt<T> = { value: T; problem?: never } | { value?: never; problem: string };

function attempt<T>(work: () => T): Attempt<T> {
  try {
    return { value: work() };
  } catch (error) {
    return { problem: messageOf(error) };
  }
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
