import { readdir, readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

const STEP_MS = 20;
/** After SIGKILL only the kernel is waited for; a zombie without a reaping parent never goes away. */
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

/**
 * Ends what is left of the process group that `leader` led: SIGTERM, `graceMs`, SIGKILL. Resolves when no member is left.
 * Windows has no groups; there execa ends the tree before.
 */
export async function endGroup(leader: number, graceMs: number): Promise<void> {
  if (process.platform === "win32" || !signalled(-leader, "SIGTERM")) return;
  if (await gone(-leader, graceMs)) return;
  signalled(-leader, "SIGKILL");
  await gone(-leader, AFTER_KILL_MS);
}

async function gone(target: number, withinMs: number): Promise<boolean> {
  for (let waitedMs = 0; signalled(target, 0); waitedMs += STEP_MS) {
    if (waitedMs >= withinMs) return false;
    await sleep(STEP_MS);
  }
  return true;
}

/**
 * Kills every process that runs with one of these HOMEs: children that left their group, and what an agent that was killed
 * left behind. Looks into /proc, so it does something on Linux only; there HOMEs of slots belong to nobody else.
 */
export async function endStrays(homes: ReadonlySet<string>): Promise<number> {
  if (process.platform !== "linux" || homes.size === 0) return 0;
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(pids.map(async (pid) => ((await runsWith(pid, homes)) ? pid : null)));
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
