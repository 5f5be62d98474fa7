import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { EngineHealth } from "../engine.ts";
import { PROBE_ARGUMENTS } from "./commands.ts";
import { installedFolder } from "./install.ts";
import { HOME_NOT_WRITABLE, machineProblem, type Problem } from "./libraries.ts";
import type { RunSign } from "./run-signs.ts";
import { runSteamcmd, type SteamcmdRun } from "./run-steamcmd.ts";
import type { Slot } from "./slots.ts";
import { runProblem, type Toolbox, type ToolboxOptions, type Unprepared } from "./toolbox.ts";

/**
 * Finds out whether SteamCMD works here by starting it once with nothing to do. Where it is not installed yet only the machine
 * is looked at: a check downloads nothing.
 */
export async function checkTool(toolbox: Toolbox, options: ToolboxOptions, signal: AbortSignal): Promise<EngineHealth> {
  if (options.steamcmdPath === null && !existsSync(installedFolder(options.toolFolder))) {
    const problem = machineProblem(options);
    return problem === null
      ? { ok: true, version: "not installed yet, downloaded on first use" }
      : { ok: false, ...problem };
  }
  const prepared = await toolbox.prepare("check", signal);
  if (!prepared.ok) return { ok: false, ...problemOf(prepared) };
  try {
    return await probe(prepared.slot, options, signal);
  } finally {
    await rm(join(prepared.slot.folder, "tool"), { recursive: true, force: true });
  }
}

async function probe(slot: Slot, options: ToolboxOptions, signal: AbortSignal): Promise<EngineHealth> {
  const { limits, environment } = options;
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort("timeout"), limits.checkMs);
  try {
    const run = await runSteamcmd({
      slot,
      args: PROBE_ARGUMENTS,
      asked: [],
      environment,
      limits,
      signal: AbortSignal.any([signal, timeout.signal]),
    });
    return toHealth(run, options);
  } finally {
    clearTimeout(timer);
  }
}

function toHealth(run: SteamcmdRun, options: ToolboxOptions): EngineHealth {
  const problem = runProblem(run, options);
  if (problem !== null) return { ok: false, ...problem };
  const { outcome, sign, version, tail } = run;
  if (sign.kind === "fatal") return { ok: false, ...fatalProblem(sign.why) };
  if (outcome.kind === "killed") {
    return {
      ok: false,
      problem: `SteamCMD did not end within ${options.limits.checkMs} ms`,
      fix: "Check this machine's connection to Steam",
    };
  }
  if (outcome.kind === "died") return { ok: false, problem: `SteamCMD crashed: ${tail}`, fix: "Reinstall SteamCMD" };
  return { ok: true, version: version ?? "unknown" };
}

function fatalProblem(why: Extract<RunSign, { kind: "fatal" }>["why"]): Problem {
  if (why === "home-not-writable") return HOME_NOT_WRITABLE;
  if (why === "disk-full") return { problem: "SteamCMD has no space to update itself", fix: FREE_SPACE };
  return {
    problem: `SteamCMD cannot start: ${why}`,
    fix: "Check this machine's connection to Steam, then run doctor again",
  };
}

const FREE_SPACE = "Free some space on the disk of MODFLEET_AGENT_DATA";

function problemOf({ failure, problem }: Unprepared): Problem {
  return problem ?? { problem: failure.detail, fix: fixFor(failure.code) };
}

function fixFor(code: string): string {
  if (code === "steam_unreachable") return "Check this machine's connection to Steam, or set MODFLEET_STEAMCMD_URL";
  return code === "disk_full" ? FREE_SPACE : "Set MODFLEET_STEAMCMD_URL to Valve's installer, or MODFLEET_STEAMCMD";
}
