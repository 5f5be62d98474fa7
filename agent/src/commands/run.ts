import { mkdirSync } from "node:fs";
import type { Command } from "commander";
import { type Agent, startAgent } from "../agent.ts";
import type { Config } from "../config.ts";
import type { Engine } from "../engine/engine.ts";
import type { Ended } from "../link/end-reason.ts";
import { createLog, type Log } from "../log.ts";
import { VERSION } from "../version.ts";
import { type CommandContext, CommandError } from "./context.ts";
import { openLocalDoors } from "./local-doors.ts";
import { findRunning, forgetRunning, noteRunning } from "./running.ts";
import { addSettings, readSettingsWithGateway, SETTINGS } from "./settings.ts";
import { type StopRequests, watchStopRequests } from "./stop-requests.ts";
import { watchServers } from "./watch-servers.ts";

/** After the second signal everything is handed back within this time. */
const FAST_DRAIN_MS = 5_000;
/** For torrents to say goodbye. */
export const CLOSE_ENGINES_MS = 8_000;

/** Adds `run`, which is also what happens without a command. */
export function registerRun(program: Command, context: CommandContext): void {
  const command = program
    .command("run", { isDefault: true })
    .description("works for a gateway until it is stopped")
    .option("--stop-with-parent", "stops cleanly when the process that started this one is gone (always under npm)");
  addSettings(command, SETTINGS).action(async (options: { stopWithParent?: boolean }) => {
    const config = readSettingsWithGateway(command, context);
    const stopsWithParent = options.stopWithParent ?? context.env["npm_lifecycle_event"] !== undefined;
    await run(config, context, { stopsWithParent });
  });
}

async function run(
  config: Config & { gateway: string },
  context: CommandContext,
  how: { stopsWithParent: boolean },
): Promise<void> {
  const { gateway, dataFolder } = config;
  makeFolder(dataFolder);
  using stops = watchStopRequests(context, how.stopsWithParent);
  const other = await findRunning(dataFolder);
  if (other !== null) throw new CommandError(`Another agent works on ${dataFolder} already, see ${other.url}`);
  const log = createLog({ level: config.logLevel });
  await using _watched = watchServers(config, context, log);
  // The surface opens before the agent: a taken port must not leave work begun.
  const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
  let agent: Agent | null = null;
  const startedAgent = (): Agent => {
    if (agent === null) throw new Error("The local surface was asked before the agent had started");
    return agent;
  };
  const local = await openLocalDoors(config, { log, status: () => startedAgent().status(), drain: ask });
  const tools = toolsOf(config, context, log);
  let isClosed = true;
  try {
    if (stops.asked !== null) return log.info("Stopping before anything has begun", stops.asked);
    agent = await startAgent({ ...config, ...context, ...tools, gateway, log, version: VERSION });
    noteRunning(dataFolder, { pid: process.pid, url: local.url });
    context.stdout.write(`modfleet agent local surface on ${local.url}\n`);
    void asked.then(() => agent?.drain(config.drainMs));
    complain(await untilStopped(agent, stops, { config, log }), gateway);
  } finally {
    isClosed = await closeEngines(tools.engines, context, log);
    forgetRunning(dataFolder);
    await local.close();
  }
  // What hangs there would keep the process, and nothing waits for it any more.
  if (!isClosed) context.exit(0);
}

/** Ends what engines do beside jobs; false when that takes longer than anybody wants to wait. */
async function closeEngines(engines: readonly Engine[], { sleep }: CommandContext, log: Log): Promise<boolean> {
  const late = new AbortController();
  const closed = Promise.allSettled(engines.map((engine) => engine.close?.())).then((ends) => {
    for (const end of ends) if (end.status === "rejected") log.warn("An engine did not close", { cause: end.reason });
    return true;
  });
  const isClosed = await Promise.race([closed, sleep(CLOSE_ENGINES_MS, late.signal).then(() => false)]);
  late.abort();
  if (!isClosed) log.warn("The engines take too long to close");
  return isClosed;
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new CommandError(`Cannot make the data folder ${folder}, choose another with MODFLEET_AGENT_DATA`, { cause });
  }
}

function toolsOf(config: Config, context: CommandContext, log: Log) {
  return { engines: context.createEngines(config, log), freeBytes: () => context.freeBytes(config.dataFolder) };
}

/** First request: finish or hand back. Second: hand back now. */
function untilStopped(
  agent: Agent,
  stops: StopRequests,
  { config, log }: { config: Config; log: Log },
): Promise<Ended> {
  stops.follow((request) => {
    log.info("Stopping", request);
    if (request.count === 1) agent.drain(config.drainMs);
    else agent.drain(0, FAST_DRAIN_MS);
  });
  return agent.ended;
}

/** Ends that somebody wanted: the exit code is 0. */
const CLEAN: readonly Ended["reason"][] = ["stopped", "drained"];

/** Ends after which coming back would only repeat them. */
const WHAT_TO_DO: Partial<Record<Ended["reason"], string>> = {
  superseded: "Another agent with the same key took over; give each agent a data folder of its own",
  revoked: "The gateway's operator revoked this agent; ask them",
  unknown_agent: "The gateway does not know this agent any more; get an invitation and set MODFLEET_INVITE",
  bad_signature:
    "The gateway does not accept this agent's key; MODFLEET_GATEWAY must be the address that the gateway goes by",
  no_common_version: "The gateway speaks another version; update this agent",
  enrolment_refused: "The gateway refused the enrolment; get a new invitation and set MODFLEET_INVITE",
};

function complain({ reason, detail }: Ended, gateway: string): void {
  if (CLEAN.includes(reason)) return;
  throw new CommandError(`${WHAT_TO_DO[reason] ?? reason} (${gateway}: ${detail})`);
}
