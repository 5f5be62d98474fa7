import { existsSync } from "node:fs";
import { access, constants, mkdir, realpath, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { FailureReport } from "@modfleet/protocol";
import type { SteamcmdLimits, SteamcmdOptions } from "../options.ts";
import { WARM_UP_ARGUMENTS } from "./commands.ts";
import { install, installedFolder } from "./install.ts";
import { MISSING_LIBRARIES, machineProblem, type Problem, toLine, WRONG_MACHINE } from "./libraries.ts";
import { runSteamcmd, type SteamcmdRun } from "./run-steamcmd.ts";
import { claimSlot, endOrphans, isInstallation, prepareSlot, type Slot } from "./slots.ts";

/** Why there is no working tool; `problem` where a person can mend it. */
export type Unprepared = { ok: false; failure: FailureReport; problem?: Problem };
export type Prepared = { ok: true; slot: Slot } | Unprepared;

/** Hands out working places: the tool found or installed, warmed up, and one HOME and copy per slot. */
export type Toolbox = {
  prepare(slot: number | "check", signal: AbortSignal): Promise<Prepared>;
};

export type ToolboxOptions = Omit<SteamcmdOptions, "limits" | "environment"> & {
  limits: SteamcmdLimits;
  environment: Record<string, string>;
};

const WARM = "warm";
/** Self-updates end with 7 or 42 and want to be started again. */
const WARM_UPS_MAX = 4;

export function createToolbox(options: ToolboxOptions): Toolbox {
  const { toolFolder, log } = options;
  let queue: Promise<unknown> = Promise.resolve();
  let swept = false;

  const prepare = async (number: number | "check", signal: AbortSignal): Promise<Prepared> => {
    signal.throwIfAborted();
    await mkdir(toolFolder, { recursive: true });
    if (!swept) {
      const ended = await endOrphans(toolFolder);
      if (ended > 0) log.warn({ processes: ended }, "Ended SteamCMD processes that an earlier agent had left behind");
      swept = true;
    }
    const tool =
      options.steamcmdPath === null ? await installed(options, signal) : await given(options.steamcmdPath, options);
    if (!tool.ok) return tool;
    const folder = await claimSlot(toolFolder, number);
    return { ok: true, slot: await prepareSlot(folder, tool.file, tool.copied) };
  };

  return {
    // One at a time: two slots must neither download twice nor copy what the other just warms up.
    prepare(number, signal) {
      const mine = queue.then(() => prepare(number, signal));
      queue = mine.catch(() => undefined);
      return mine;
    },
  };
}

type Tool = { ok: true; file: string; copied: boolean } | Unprepared;

const broken = (problem: Problem, tail = ""): Unprepared => ({
  ok: false,
  failure: { code: "tool_broken", detail: `${toLine(problem)}${tail}`.slice(0, 2_000) },
  problem,
});

async function given(path: string, { platform }: ToolboxOptions): Promise<Tool> {
  const asked = resolve(path);
  try {
    const real = await realpath(asked);
    if (!(await stat(real)).isFile()) return broken(notAProgram(asked));
    await access(real, constants.X_OK);
    // A link to an installation has to be followed, its script looks beside itself; a wrapper may depend on its name.
    return isInstallation(real, platform)
      ? { ok: true, file: real, copied: true }
      : { ok: true, file: asked, copied: false };
  } catch {
    return broken(notAProgram(asked));
  }
}

const notAProgram = (path: string): Problem => ({
  problem: `There is no program at ${path}`,
  fix: "Correct MODFLEET_STEAMCMD, or unset it to have SteamCMD downloaded",
});

async function installed(options: ToolboxOptions, signal: AbortSignal): Promise<Tool> {
  const result = await install(options, signal);
  if (!result.ok) return result;
  const failure = await warmUp(result.file, options, signal);
  return failure ?? { ok: true, file: result.file, copied: true };
}

/** Lets a new installation update itself, so that no job pays for it. Only what cannot get better by trying stops it. */
async function warmUp(file: string, options: ToolboxOptions, signal: AbortSignal): Promise<Unprepared | null> {
  const folder = installedFolder(options.toolFolder);
  if (existsSync(join(folder, WARM))) return null;
  const home = await mkdir(join(options.toolFolder, "warm-up"), { recursive: true }).then(() =>
    join(options.toolFolder, "warm-up"),
  );
  for (let run = 1; run <= WARM_UPS_MAX; run += 1) {
    const result = await runSteamcmd({
      slot: { home, file, folder: dirname(file) },
      args: WARM_UP_ARGUMENTS,
      asked: [],
      environment: options.environment,
      limits: options.limits,
      signal: AbortSignal.any([signal, timeoutStop(options.limits.warmUpMs)]),
    });
    signal.throwIfAborted();
    const failure = warmUpFailure(result, options);
    if (failure !== null) return failure;
    if (isUp(result)) break;
    await sleep(options.limits.rerunWaitMs, undefined, { signal });
  }
  await writeFile(join(folder, WARM), "");
  await rm(home, { recursive: true, force: true });
  return null;
}

/** An abort signal whose reason `runTool` reports as its own timeout. */
function timeoutStop(ms: number): AbortSignal {
  const controller = new AbortController();
  setTimeout(() => controller.abort("timeout"), ms).unref();
  return controller.signal;
}

function isUp({ outcome, sign }: SteamcmdRun): boolean {
  const updating = sign.kind === "rerun" || (sign.kind === "updating" && !sign.ready);
  return outcome.kind === "exited" && outcome.code !== 7 && outcome.code !== 42 && !updating;
}

function warmUpFailure({ outcome, sign, tail }: SteamcmdRun, options: ToolboxOptions): Unprepared | null {
  const problem = runProblem({ outcome, sign }, options);
  if (problem !== null) return broken(problem, `; ${tail}`);
  if (sign.kind === "fatal") {
    return { ok: false, failure: { code: sign.why === "disk-full" ? "disk_full" : "steam_unreachable", detail: tail } };
  }
  return null;
}

/** What a run shows to be wrong with this machine, or null. */
export function runProblem(
  { outcome, sign }: Pick<SteamcmdRun, "outcome" | "sign">,
  options: Pick<SteamcmdOptions, "platform" | "arch">,
): Problem | null {
  if (sign.kind === "fatal" && sign.why === "wrong-machine") return WRONG_MACHINE;
  if (sign.kind === "fatal" && sign.why === "missing-32bit-libs") return MISSING_LIBRARIES;
  if (outcome.kind === "exited" && (outcome.code === 126 || outcome.code === 127)) {
    return machineProblem(options) ?? MISSING_LIBRARIES;
  }
  if (outcome.kind === "missing") {
    return { problem: `SteamCMD does not start (${outcome.detail})`, fix: "Reinstall it, or unset MODFLEET_STEAMCMD" };
  }
  return null;
}
