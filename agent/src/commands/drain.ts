import type { Secret } from "@modfleet/protocol";
import type { Command } from "commander";
import { z } from "zod";
import type { Config } from "../config.ts";
import { isLoopback } from "../local/guard.ts";
import { readLocalToken } from "../local/local-token.ts";
import { type CommandContext, CommandError } from "./context.ts";
import { findRunning } from "./running.ts";
import { addSettings, readSettings } from "./settings.ts";

const ASK_MS = 5_000;
const Draining = z.object({ jobs: z.int() });

/** Adds `drain`: the running agent takes nothing more, finishes or hands back, and stops. */
export function registerDrain(program: Command, context: CommandContext): void {
  const command = program.command("drain").description("tells the running agent to finish what it holds and stop");
  addSettings(command, ["data", "localHost", "localPort", "localToken"]).action(async () => {
    const config = readSettings(command, context);
    const running = await findRunning(config.dataFolder);
    const { host, port } = config.local;
    const url = running?.url ?? `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
    const jobs = await askToDrain(url, tokenFor(url, config));
    context.stdout.write(jobs === 0 ? "The agent stops\n" : `The agent finishes ${jobs} job(s) and stops\n`);
  });
}

/** How many jobs the agent finishes first. */
async function askToDrain(url: string, token: Secret | null): Promise<number> {
  const response = await asked(url, token);
  if (response.status === 401) {
    throw new CommandError(`The agent at ${url} wants its token: set MODFLEET_LOCAL_TOKEN, or MODFLEET_AGENT_DATA`);
  }
  try {
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    return Draining.parse(await response.json()).jobs;
  } catch (cause) {
    throw noAgent(url, cause);
  }
}

async function asked(url: string, token: Secret | null): Promise<Response> {
  const headers = token === null ? {} : { authorization: `Bearer ${token.reveal()}` };
  try {
    return await fetch(new URL("/api/drain", url), { method: "POST", headers, signal: AbortSignal.timeout(ASK_MS) });
  } catch (cause) {
    throw noAgent(url, cause);
  }
}

function noAgent(url: string, cause: unknown): CommandError {
  const message = `No agent answers at ${url}; is it running, and is MODFLEET_LOCAL_PORT its port?`;
  return new CommandError(message, { cause });
}

/** Over loopback nobody asks for it, and what listens there may be somebody else's. */
function tokenFor(url: string, { local, dataFolder }: Config): Secret | null {
  const host = new URL(url).hostname.replace(/^\[|\]$/g, "");
  if (host === "localhost" || isLoopback(host)) return null;
  try {
    return local.token ?? readLocalToken(dataFolder);
  } catch (cause) {
    throw new CommandError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}
