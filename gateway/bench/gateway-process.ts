import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const NODE_TS = fileURLToPath(new URL("../src/node.ts", import.meta.url));
const MIB = 1024;

/** The environment of a gateway of its own: its data in `folder`, and no Steam. */
function environment(folder: string): NodeJS.ProcessEnv {
  const nowhere = "http://127.0.0.1:9";
  return {
    ...process.env,
    MODFLEET_DATA: folder,
    MODFLEET_STEAM_API_URL: nowhere,
    MODFLEET_STEAM_STORE_URL: nowhere,
    MODFLEET_STEAM_COMMUNITY_URL: nowhere,
  };
}

/** Runs one command of the gateway to its end: how long it took and the most memory it had. */
export async function runCommand(
  folder: string,
  args: readonly string[],
): Promise<{ seconds: number; peakMib: number }> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [NODE_TS, ...args], {
    env: environment(folder),
    stdio: ["ignore", "ignore", "inherit"],
  });
  let peakMib = 0;
  const watch = setInterval(() => {
    peakMib = Math.max(peakMib, memoryMib(child, "VmHWM") ?? 0);
  }, 20);
  const [code] = await once(child, "close");
  clearInterval(watch);
  if (code !== 0) throw new Error(`Could not run ${args[0]}: exit ${code}`);
  return { seconds: Math.round((performance.now() - startedAt) / 10) / 100, peakMib };
}

/** A serving gateway with its default settings, its log thrown away. */
export async function startGatewayProcess(folder: string): Promise<{ child: ChildProcess; origin: string }> {
  const args = [NODE_TS, "serve", "--port", "0"];
  const child = spawn(process.execPath, args, { env: environment(folder), stdio: ["ignore", "pipe", "ignore"] });
  const [line] = await once(createInterface(child.stdout), "line");
  const origin = /http:\S+/.exec(String(line))?.[0];
  if (origin === undefined) throw new Error(`Could not start a gateway: ${line}`);
  return { child, origin };
}

/** Resident (`VmRSS`) or most resident memory (`VmHWM`) of a child in MiB; null where the system does not say. */
export function memoryMib({ pid }: ChildProcess, field: "VmRSS" | "VmHWM"): number | null {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    const kib = new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1];
    return kib === undefined ? null : Math.round(Number(kib) / MIB);
  } catch {
    return null;
  }
}

/** Seconds of processor time a child has used. */
export function cpuSeconds({ pid }: ChildProcess): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
