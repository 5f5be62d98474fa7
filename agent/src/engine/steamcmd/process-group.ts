import { readdir, readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

const STEP_MS = 20;
/** After SIGKILL only the kernel is waited for; a process in a broken disk's hands may never go away. */
const AFTER_KILL_MS = 1_000;

function signalled(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

/** Whether a process of this id runs on this machine, be it ours or not. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** When a process started, in the kernel's own unit, or null where it is gone or the system does not tell. */
export async function startOf(pid: number): Promise<string | null> {
  return (await statOf(pid))[19] ?? null;
}

/** The fields behind the name, from `state` on: that name may hold anything, parentheses too (proc_pid_stat(5)). */
async function statOf(pid: number): Promise<string[]> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return stat === "" ? [] : stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

/**
 * Ends what is left of the process group that `leader` led: SIGTERM, `graceMs`, SIGKILL. Resolves when no member runs any
 * more. Windows has no groups; there execa ends the tree before.
 */
export async function endGroup(leader: number, graceMs: number): Promise<void> {
  if (process.platform === "win32" || !signalled(-leader, "SIGTERM")) return;
  if (await ended(leader, graceMs)) return;
  signalled(-leader, "SIGKILL");
  await ended(leader, AFTER_KILL_MS);
}

async function ended(leader: number, withinMs: number): Promise<boolean> {
  for (let waitedMs = 0; await groupRuns(leader); waitedMs += STEP_MS) {
    if (waitedMs >= withinMs) return false;
    await sleep(STEP_MS);
  }
  return true;
}

/** A zombie counts as a member although it has ended; in a container nobody may ever reap it. */
async function groupRuns(leader: number): Promise<boolean> {
  if (!signalled(-leader, 0)) return false;
  if (process.platform !== "linux") return true;
  const states = await Promise.all((await allPids()).map((pid) => stateIn(pid, leader)));
  return states.some((state) => state !== null && state !== "Z" && state !== "X");
}

async function stateIn(pid: number, group: number): Promise<string | null> {
  const [state, , pgrp] = await statOf(pid);
  return Number(pgrp) === group ? (state ?? null) : null;
}

const allPids = async (): Promise<number[]> =>
  (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);

/**
 * Kills every process that runs with one of these HOMEs: children that left their group, and what an agent that was killed
 * left behind. Looks into /proc, so it does something on Linux only; there HOMEs of slots belong to nobody else.
 */
export async function endStrays(homes: ReadonlySet<string>): Promise<number> {
  if (process.platform !== "linux" || homes.size === 0) return 0;
  const found = await Promise.all((await allPids()).map(async (pid) => ((await runsWith(pid, homes)) ? pid : null)));
  const strays = found.filter((pid) => pid !== null && pid !== process.pid);
  for (const pid of strays) signalled(pid ?? 0, "SIGKILL");
  return strays.length;
}

async function runsWith(pid: number, homes: ReadonlySet<string>): Promise<boolean> {
  try {
    const environment = await readFile(`/proc/${pid}/environ`, "utf8");
    return environment.split("\0").some((entry) => entry.startsWith("HOME=") && homes.has(entry.slice(5)));
  } catch {
    // Gone meanwhile, or another user's: not ours either way.
    return false;
  }
}
