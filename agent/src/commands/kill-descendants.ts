import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** Child and parent. */
type Kin = readonly [pid: number, parent: number];

/**
 * Kills every process that `ancestor` started, and theirs with their groups, before it returns: for an exit that waits for
 * nothing. It cannot see a process that left both its parent and its group. On Windows the process itself ends with them.
 */
export function killDescendants(ancestor: number, platform: NodeJS.Platform): void {
  if (platform === "win32") {
    attempt(() =>
      execFileSync("taskkill", ["/PID", String(ancestor), "/T", "/F"], { stdio: "ignore", timeout: 5_000 }),
    );
    return;
  }
  const kin = platform === "linux" ? kinFromProc() : kinFromTool("ps", ["-A", "-o", "pid=,ppid="]);
  for (const pid of descendantsOf(ancestor, kin)) {
    attempt(() => process.kill(-pid, "SIGKILL"));
    attempt(() => process.kill(pid, "SIGKILL"));
  }
}

function descendantsOf(ancestor: number, kin: readonly Kin[]): number[] {
  const found = new Set([ancestor]);
  // Breadth first: what is added while it runs is visited as well.
  for (const one of found) for (const [pid, parent] of kin) if (parent === one) found.add(pid);
  found.delete(ancestor);
  return [...found];
}

function kinFromProc(): Kin[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const stat = attempt(() => readFileSync(`/proc/${name}/stat`, "utf8"));
      // The name in parentheses may hold anything, so fields are counted from its end.
      const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
      return fields === undefined ? [] : [[Number(name), Number(fields[1])] as const];
    });
}

function kinFromTool(tool: string, options: readonly string[]): Kin[] {
  const text = attempt(() => execFileSync(tool, options, { encoding: "utf8", timeout: 5_000 })) ?? "";
  return [...text.matchAll(/^\s*(\d+)\s+(\d+)\s*$/gm)].map(([, pid, parent]) => [Number(pid), Number(parent)] as const);
}

/** Undefined when the process is gone meanwhile or is not ours. */
function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
