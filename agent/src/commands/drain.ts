import type { Command } from "commander";
import { z } from "zod";
import { type CommandContext, CommandError } from "./context.ts";
import { findRunning } from "./running.ts";
import { addSettings, readSettings } from "./settings.ts";

const ASK_MS = 5_000;
const Draining = z.object({ jobs: z.int() });

/** Adds `drain`: the running agent takes nothing more, finishes or hands back, and stops. */
export function registerDrain(program: Command, context: CommandContext): void {
  const command = program.command("drain").description("tells the running agent to finish what it holds and stop");
  addSettings(command, ["data", "localHost", "localPort"]).action(async () => {
    const { dataFolder, local } = readSettings(command, context);
    const running = await findRunning(dataFolder);
    const url = running?.url ?? `http://${local.host.includes(":") ? `[${local.host}]` : local.host}:${local.port}`;
    const jobs = await askToDrain(url);
    context.stdout.write(jobs === 0 ? "The agent stops\n" : `The agent finishes ${jobs} job(s) and stops\n`);
  });
}

/** How many jobs the agent finishes first. */
async function askToDrain(url: string): Promise<number> {
  try {
    const response = await fetch(new URL("/api/drain", url), { method: "POST", signal: AbortSignal.timeout(ASK_MS) });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    return Draining.parse(await response.json()).jobs;
  } catch (cause) {
    throw new CommandError(`No agent answers at ${url}; is it running, and is MODFLEET_LOCAL_PORT its port?`, {
      cause,
    });
  }
}
