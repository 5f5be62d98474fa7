import { flagsAsVariables, problemsText } from "@modfleet/protocol";
import { type Command, Option } from "commander";
import { type Config, parseConfig, VARIABLES } from "../config.ts";
import { readWatchFile } from "../watch/watch-file.ts";
import { type CommandContext, CommandError } from "./context.ts";

const FLAGS = {
  gateway: ["--gateway <origin>", "the gateway, like https://mods.example.org"],
  invite: ["--invite <token>", "enrolment token, needed once"],
  data: ["--agent-data <folder>", "key, journal, scratch, SteamCMD (./data/agent)"],
  name: ["--agent-name <name>", "shown in the fleet list (the host's name)"],
  slots: ["--slots <number>", "jobs at once, 1 to 16 (2)"],
  steamcmd: ["--steamcmd <path>", "an existing steamcmd; otherwise it is downloaded on first use"],
  steamcmdUrl: ["--steamcmd-url <url>", "where to download it from (Valve)"],
  steamUser: ["--steam-user <account>", "account for owner-only games (anonymous)"],
  drain: ["--drain <seconds>", "time to finish work after the first signal (120)"],
  localHost: ["--local-host <host>", "where the agent's own page listens (127.0.0.1)"],
  localPort: ["--local-port <port>", "its port; 0 picks one (8765)"],
  localOrigins: ["--local-origins <origins>", "web origins that may change things, comma-separated, * = any"],
  localToken: ["--local-token <token>", "what others than this machine must say (made and kept in the agent's data)"],
  downloads: ["--downloads <folder>", "where local downloads land (files in the agent's data)"],
  threads: ["--threads-size <number>", "most connections per file (4)"],
  block: ["--block-size <bytes>", "bytes per range (adaptive)"],
  torrentClient: ["--torrent-client <client>", "embedded, or the address of an rTorrent (embedded)"],
  torrentPort: ["--torrent-port <port>", "where peers connect; 0 picks one (0)"],
  dht: ["--dht <0 or 1>", "1 looks for peers in the distributed hash table too (0)"],
  seedRatio: ["--seed-ratio <number>", "seeding ends at this ratio (1)"],
  seedMinutes: ["--seed-minutes <number>", "or after this time; 0: no seeding (60)"],
  minFree: ["--min-free <bytes>", "disk space that stays free, like 20G (2G)"],
  month: ["--month-bytes <bytes>", "most bytes down and up in a month, like 500G (no limit)"],
  hours: ["--hours <from-to>", "hours in which jobs are taken, like 22-7 (always)"],
  games: ["--games <ids>", "Steam app ids that are taken, comma-separated (all)"],
  watch: ["--watch <file>", "JSON file with torrent servers to watch and webhooks to tell (none)"],
  log: ["--log <level>", "debug, info, warn or error (info)"],
} as const satisfies Record<string, readonly [flags: string, description: string]>;

export type Setting = keyof typeof FLAGS;
export const SETTINGS = Object.keys(FLAGS).filter((name): name is Setting => name in FLAGS);

/** Adds flags for `settings` to a command; each has its variable's name. */
export function addSettings(command: Command, settings: readonly Setting[]): Command {
  for (const setting of settings) {
    const [flags, description] = FLAGS[setting];
    command.addOption(new Option(flags, description));
  }
  return command;
}

/** The configuration of a command: flags win over the environment. Throws with everything that is wrong. */
export function readSettings(command: Command, context: CommandContext): Config {
  return read(command, context, []);
}

/** As `readSettings`, for a command that cannot do without a gateway and watches what the watch file says. */
export function readSettingsWithGateway(command: Command, context: CommandContext): Config & { gateway: string } {
  const { MODFLEET_GATEWAY: given = "", MODFLEET_WATCH: watch = "" } = { ...context.env, ...flagsOf(command) };
  const missing = "MODFLEET_GATEWAY: Is required, an origin like https://mods.example.org";
  const config = read(command, context, [...(given === "" ? [missing] : []), ...problemsOfWatchFile(watch)]);
  return { ...config, gateway: config.gateway ?? given };
}

const flagsOf = (command: Command): Record<string, string> => flagsAsVariables(command.optsWithGlobals(), VARIABLES);

function problemsOfWatchFile(path: string): string[] {
  const read = path === "" ? null : readWatchFile(path);
  return read === null || read.ok ? [] : read.problems.map((problem) => `MODFLEET_WATCH: ${path}: ${problem}`);
}

function read(command: Command, { env, hostName, stderr }: CommandContext, missing: readonly string[]): Config {
  const result = parseConfig(env, flagsOf(command), { hostName });
  for (const warning of result.warnings) stderr.write(`${warning}\n`);
  const problems = [...missing, ...(result.ok ? [] : result.problems)];
  if (result.ok && problems.length === 0) return result.config;
  throw new CommandError(problemsText(problems), { exitCode: 2 });
}
