import { dirname, isAbsolute, join } from "node:path";
import type { Environment } from "@modfleet/protocol";
import { Command, CommanderError } from "commander";
import { type CommandContext, CommandError } from "./commands/context.ts";
import { registerDoctor } from "./commands/doctor.ts";
import { registerDrain } from "./commands/drain.ts";
import type { GetContext } from "./commands/get/get-context.ts";
import { interruptedBy } from "./commands/get/interrupts.ts";
import { registerGet } from "./commands/get/register-get.ts";
import { registerRun } from "./commands/run.ts";
import { readSettings } from "./commands/settings.ts";
import { type Config, defaultConfig, parseConfig } from "./config.ts";
import { briefTorrents } from "./embedded-torrents.ts";
import { engineLogOf } from "./engine-log.ts";
import { createLog } from "./log.ts";
import { VERSION } from "./version.ts";

/** Runs one command line; the answer is the exit code: 0 done, 1 failed, 2 wrong usage or configuration. */
export async function runCommandLine(argv: readonly string[], context: CommandContext): Promise<number> {
  let exitCode = 0;
  const exit = (code: number): void => {
    exitCode = code;
  };
  try {
    await createProgram({ ...context, setExitCode: exit }).parseAsync(argv, { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const isForeseen = error instanceof CommandError;
    context.stderr.write(`${isForeseen ? error.message : unforeseen(error, context)}\n`);
    return isForeseen ? error.exitCode : 1;
  }
}

/** Where the fault lies is for those who look for it; everybody else gets one line. */
function unforeseen(error: unknown, { env }: CommandContext): string {
  if (env["MODFLEET_LOG"] === "debug" && error instanceof Error) return error.stack ?? error.message;
  return `Modfleet's agent failed, MODFLEET_LOG=debug shows where: ${error instanceof Error ? error.message : error}`;
}

const LAST_WORDS_MS = 2_000;

type ProgramContext = CommandContext & { setExitCode: (code: number) => void };

function createProgram(context: ProgramContext): Command {
  const program = new Command("modfleet-agent")
    .description("Fetches mods for a Modfleet gateway, or for you alone")
    .version(VERSION)
    .showHelpAfterError("(--help lists the options)")
    .configureOutput({
      writeOut: (text) => void context.stdout.write(text),
      writeErr: (text) => void context.stderr.write(text),
    })
    .exitOverride();
  registerRun(program, context);
  registerGet(program, getContext(context));
  registerDoctor(program, { ...context, exit: context.setExitCode });
  registerDrain(program, context);
  program.hook("preAction", (_program, command) => {
    if (command.name() === "get") readSettings(command, context);
  });
  return program;
}

/** `get` has no flags of its own for the configuration; a wrong one is refused before its action runs. */
function getContext(context: ProgramContext): GetContext {
  const { env, hostName, setExitCode, pack, stdout, stderr, now, sleep } = context;
  const read = parseConfig(env, {}, { hostName });
  const config = read.ok ? read.config : defaultConfig(hostName);
  // What fails is told in a line of its own; the engines' words are for those who look for a fault.
  const log = createLog({ level: env["MODFLEET_LOG"] === undefined ? "error" : config.logLevel });
  const dht = wantsDht(config, env);
  const { threadsSize: connections, blockBytes, allowPrivateSources: allowPrivate } = config;
  return {
    ...{ pack, stdout, stderr, now, sleep, fetch: globalThis.fetch },
    cwd: standingIn(context),
    exit(code) {
      setExitCode(code);
      // Lookups of names cannot be stopped, and a resolver that does not answer would hold the end up for half a minute.
      setTimeout(() => context.exit(code), LAST_WORDS_MS).unref();
    },
    ...interruptedBy(context),
    steamApiUrl: config.steamApiUrl,
    http: { allowPrivate, connections, blockBytes },
    createEngine: () => {
      const engine = context.createEngines(config, log).find(({ kind }) => kind === "workshop");
      if (engine === undefined) throw new Error("There is no engine for Workshop items");
      return engine;
    },
    dht,
    openTorrentClient: briefTorrents({ ...config, torrent: { ...config.torrent, dht } }, engineLogOf(log)),
    scratch: join(config.dataFolder, "scratch-get"),
  };
}

/** Whoever types a magnet link wants it found unless they say otherwise; an agent asks nobody without being told to. */
export function wantsDht({ torrent }: Pick<Config, "torrent">, env: Environment): boolean {
  return torrent.dht || (env["MODFLEET_DHT"] ?? "") === "";
}

const PACKAGES: readonly unknown[] = ["modfleet", "@modfleet/agent"];

/**
 * Where the person stands: npm starts scripts in the package's folder, wherever it was called. What such a script starts
 * elsewhere inherits the variables, and stands where it was started.
 */
function standingIn({ env, cwd }: { env: Environment; cwd: string }): string {
  const folder = env["INIT_CWD"] ?? "";
  const isInPackage = PACKAGES.includes(env["npm_package_name"]) && dirname(env["npm_package_json"] ?? "") === cwd;
  return isInPackage && isAbsolute(folder) ? folder : cwd;
}
