import type { z } from "zod";

/** Every variable the gateway reads (its `config.ts` gives each a rule), in the order of its documentation. */
export const GATEWAY_VARIABLES = [
  "MODFLEET_HOST",
  "MODFLEET_PORT",
  "MODFLEET_DATA",
  "MODFLEET_DATABASE_URL",
  "MODFLEET_DATABASE_TOKEN",
  "MODFLEET_BLOBS_URL",
  "MODFLEET_PUBLIC_URL",
  "MODFLEET_ADMIN_TOKEN",
  "MODFLEET_OPEN_ENROLMENT",
  "MODFLEET_STEAM_API_URL",
  "MODFLEET_STEAM_STORE_URL",
  "MODFLEET_STEAM_COMMUNITY_URL",
  "MODFLEET_STEAM_KEY",
  "MODFLEET_ALLOW_PRIVATE_SOURCES",
  "MODFLEET_STEAM_RUNS",
  "MODFLEET_STEAM_CALLS",
  "MODFLEET_TELEGRAM_TOKEN",
  "MODFLEET_TELEGRAM_API_URL",
  "MODFLEET_ACCEL_PREFIX",
  "MODFLEET_TRACKERS",
  "MODFLEET_LOG",
] as const;
export type GatewayVariable = (typeof GATEWAY_VARIABLES)[number];

/** Every variable the agent reads; `MODFLEET_LOG` is shared with the gateway. */
export const AGENT_VARIABLES = [
  "MODFLEET_GATEWAY",
  "MODFLEET_INVITE",
  "MODFLEET_AGENT_DATA",
  "MODFLEET_AGENT_NAME",
  "MODFLEET_SLOTS",
  "MODFLEET_STEAMCMD",
  "MODFLEET_STEAMCMD_URL",
  "MODFLEET_STEAM_USER",
  "MODFLEET_DRAIN",
  "MODFLEET_LOCAL_HOST",
  "MODFLEET_LOCAL_PORT",
  "MODFLEET_LOCAL_ORIGINS",
  "MODFLEET_LOCAL_TOKEN",
  "MODFLEET_DOWNLOADS",
  "MODFLEET_THREADS_SIZE",
  "MODFLEET_BLOCK_SIZE",
  "MODFLEET_TORRENT_CLIENT",
  "MODFLEET_TORRENT_PORT",
  "MODFLEET_DHT",
  "MODFLEET_SEED_RATIO",
  "MODFLEET_SEED_MINUTES",
  "MODFLEET_MIN_FREE",
  "MODFLEET_MONTH_BYTES",
  "MODFLEET_HOURS",
  "MODFLEET_GAMES",
  "MODFLEET_WATCH",
  "MODFLEET_LOG",
] as const;
export type AgentVariable = (typeof AGENT_VARIABLES)[number];

const PREFIX = "MODFLEET_";

export type Environment = Readonly<Record<string, string | undefined>>;

export type EnvironmentRead<Values> =
  | { ok: true; values: Values; warnings: string[] }
  | { ok: false; problems: string[]; warnings: string[] };

type ReadOptions<Shape extends z.ZodRawShape> = {
  /** One rule per variable; its message is what the operator reads. */
  schema: z.ZodObject<Shape>;
  env: Environment;
  /** Further names that are right although this program does not read them. */
  known?: readonly string[];
  /** Edit distance of two names. */
  distance: (a: string, b: string) => number;
};

/**
 * Reads a program's variables out of a plain object. An empty value counts as unset. All problems are collected, one line
 * each, and none repeats a value, because it may be a secret. Unknown names with our prefix are warnings.
 */
export function readEnvironment<Shape extends z.ZodRawShape>(
  options: ReadOptions<Shape>,
): EnvironmentRead<z.infer<z.ZodObject<Shape>>> {
  const { schema, env, known = [...GATEWAY_VARIABLES, ...AGENT_VARIABLES] } = options;
  const names = new Set([...Object.keys(schema.shape), ...known]);
  const warnings = unknownNames(env, names, options.distance);
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ""));
  const parsed = schema.safeParse(given);
  if (parsed.success) return { ok: true, values: parsed.data, warnings };
  return { ok: false, problems: parsed.error.issues.map((issue) => problem(issue, given)), warnings };
}

function problem(issue: z.core.$ZodIssue, given: Environment): string {
  const name = issue.path.join(".");
  return `${name}: ${name in given ? issue.message : "Is required"}`;
}

function unknownNames(
  env: Environment,
  names: ReadonlySet<string>,
  distance: ReadOptions<never>["distance"],
): string[] {
  return Object.keys(env)
    .filter((name) => name.startsWith(PREFIX) && !names.has(name))
    .map((name) => {
      const nearest = [...names].toSorted((a, b) => distance(name, a) - distance(name, b))[0];
      return `${name} is not a variable of Modfleet${nearest === undefined ? "" : `, did you mean ${nearest}?`}`;
    });
}

/** The text that a program prints before it exits with code 2. */
export function problemsText(problems: readonly string[]): string {
  return `Cannot start, the configuration is wrong:\n${problems.map((line) => `  ${line}`).join("\n")}`;
}

/** Command line options as variables: `{ localPort: "0" }` → `{ MODFLEET_LOCAL_PORT: "0" }`; options that are none are left out. */
export function flagsAsVariables(
  options: Readonly<Record<string, unknown>>,
  variables: readonly string[],
): Record<string, string> {
  const named = Object.entries(options).map(([option, value]) => [variableOf(option), flagText(value)] as const);
  return Object.fromEntries(
    named.filter((pair): pair is [string, string] => variables.includes(pair[0]) && pair[1] !== null),
  );
}

const variableOf = (option: string): string =>
  PREFIX + option.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();

function flagText(value: unknown): string | null {
  if (typeof value === "boolean") return value ? "1" : "0";
  return typeof value === "string" || typeof value === "number" ? String(value) : null;
}
