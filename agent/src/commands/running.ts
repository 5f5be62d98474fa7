import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { replaceDurably } from "../durable-file.ts";

const Running = z.object({ pid: z.int(), url: z.url() });
export type Running = z.infer<typeof Running>;

const pathIn = (dataFolder: string): string => join(dataFolder, "running.json");
const ASK_MS = 2_000;

/** Notes where the agent of this data folder can be reached. */
export function noteRunning(dataFolder: string, running: Running): void {
  replaceDurably(pathIn(dataFolder), JSON.stringify(running));
}

export function forgetRunning(dataFolder: string): void {
  rmSync(pathIn(dataFolder), { force: true });
}

/** The agent that works on this data folder now, or null. A note that nobody answers for is what a crash left. */
export async function findRunning(dataFolder: string): Promise<Running | null> {
  const noted = readNote(dataFolder);
  if (noted === null) return null;
  try {
    const response = await fetch(new URL("/healthz", noted.url), { signal: AbortSignal.timeout(ASK_MS) });
    const health = z.object({ pid: z.int() }).safeParse(await response.json());
    return health.data?.pid === noted.pid ? noted : null;
  } catch {
    return null;
  }
}

function readNote(dataFolder: string): Running | null {
  try {
    return Running.safeParse(JSON.parse(readFileSync(pathIn(dataFolder), "utf8"))).data ?? null;
  } catch {
    return null;
  }
}
