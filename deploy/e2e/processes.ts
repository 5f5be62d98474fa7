import { readdir, readFile } from "node:fs/promises";

export type Process = { pid: number; command: string };

/** Every process that was told of this folder by its environment or its arguments; zombies do not count. */
export async function processesOf(folder: string): Promise<Process[]> {
  const pids = (await readdir("/proc")).map(Number).filter((pid) => pid > 0 && pid !== process.pid);
  const found = await Promise.all(pids.map((pid) => look(pid, folder)));
  return found.flatMap((each) => each ?? []);
}

async function look(pid: number, folder: string): Promise<Process | null> {
  try {
    const [command, environment, stat] = await Promise.all(
      ["cmdline", "environ", "stat"].map((name) => readFile(`/proc/${pid}/${name}`, "latin1")),
    );
    if (stat === undefined || /\) Z /.test(stat) || !`${environment}\0${command}`.includes(folder)) return null;
    return { pid, command: (command ?? "").replaceAll("\0", " ").trim() };
  } catch {
    // It ended meanwhile, or is somebody else's.
    return null;
  }
}

/** For the end of a test: what a failed one left behind. */
export function killAll(processes: readonly Process[]): void {
  for (const { pid } of processes) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It ended meanwhile.
    }
  }
}
