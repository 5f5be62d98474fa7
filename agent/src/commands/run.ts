import { mkdirSync } from "node:fs";
import type { Command } from "commander";
import { type Agent, startAgent } from "../agent.ts";
import type { Config } from "../config.ts";
import type { Engine } from "../engine/engine.ts";
import type { Ended } from "../link/end-reason.ts";
import { createLog, type Log } from "../log.ts";
import { VERSION } from "../version.ts";
import { type CommandContext, CommandError, type StopSignal } from "./context.ts";
import { openLocalDoors } from "./local-doors.ts";
import { findRunning, forgetRunning, noteRunning } from "./running.ts";
import { addSettings, readSettingsWithGateway, SETTINGS } from "./settings.ts";
import { watchServers } from "./watch-servers.ts";

/** After the second signal everything is handed back within this time. */
const FAST_DRAIN_MS = 5_000;
/** For torrents to say goodbye. */
export const CLOSE_ENGINES_MS = 8_000;
const PARENT_LOOK_MS = 500;
/** Ctrl-C reaches the agent twice when its parent passes it on as another signal. */
const SAME_STOP_MS = 1_000;

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
    agent = await startAgent({ ...config, ...context, ...tools, gateway, log, version: VERSION });
    noteRunning(dataFolder, { pid: process.pid, url: local.url });
    context.stdout.write(`modfleet agent local surface on ${local.url}\n`);
    void asked.then(() => agent?.drain(config.drainMs));
    complain(await untilStopped(agent, { config, context, log, ...how }), gateway);
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

type Stopping = { config: Config; context: CommandContext; log: Log; stopsWithParent: boolean };

/** First request: finish or hand back. Second: hand back now. Third: the process ends, its children with it. */
async function untilStopped(agent: Agent, { config, context, log, stopsWithParent }: Stopping): Promise<Ended> {
  const over = new AbortController();
  let requests = 0;
  const stop = (why: string): void => {
    requests += 1;
    log.info("Stopping", { why, requests });
    if (requests === 1) agent.drain(config.drainMs);
    else if (requests === 2) agent.drain(0, FAST_DRAIN_MS);
    else context.exit(1);
  };
  const forgetSignals = context.onStopSignal(withoutEchoes(context.now, stop));
  if (stopsWithParent) void watchParent(context, over.signal, () => stop("the parent process is gone"));
  try {
    return await agent.ended;
  } finally {
    over.abort();
    forgetSignals();
  }
}

/** Two different signals within a moment are one wish; the same one twice is impatience. */
function withoutEchoes(now: () => number, stop: (name: string) => void): (name: StopSignal) => void {
  let last: { name: StopSignal; at: number } | null = null;
  return (name) => {
    const isEcho = last !== null && last.name !== name && now() - last.at < SAME_STOP_MS;
    last = { name, at: now() };
    if (!isEcho) stop(name);
  };
}

/** npm's shell does not hand SIGTERM on; what it started sees only that its parent changed. */
async function watchParent({ parentId, sleep }: CommandContext, signal: AbortSignal, gone: () => void): Promise<void> {
  const parent = parentId();
  while (!signal.aborted) {
    await sleep(PARENT_LOOK_MS, signal);
    if (!signal.aborted && parentId() !== parent) return gone();
  }
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
