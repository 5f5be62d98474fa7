import { existsSync, readFileSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { z } from "zod";
import { FakeConfig, FakeRun } from "./fake-steamcmd-config.ts";

export type { FakeBehaviour, FakeConfig, FakeItem, FakeRun } from "./fake-steamcmd-config.ts";

export type FakeSteamcmd = {
  /** For `MODFLEET_STEAMCMD`. */
  path: string;
  folder: string;
  /** Changes what the next runs do. */
  configure(config: z.input<typeof FakeConfig>): Promise<void>;
  runs(): FakeRun[];
  /** Process ids of children that runs left behind or hung with. */
  children(): number[];
};

export type FakeOptions = z.input<typeof FakeConfig> & {
  folder: string;
  /** Lays `linux32/` beside the launcher, as Valve's tarball does, so that it is copied for each slot. */
  asInstallation?: boolean;
};

const PROGRAM = fileURLToPath(new URL("./fake-steamcmd-program.ts", import.meta.url));

/** The text of a launcher that runs the fake with its configuration and state in `folder`. */
export function fakeLauncher(folder: string): string {
  const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
  return [
    "#!/bin/sh",
    `FAKE_STEAMCMD_FOLDER=${quoted(folder)} FAKE_STEAMCMD_TOOL="$(cd "$(dirname "$0")" && pwd)"`,
    "export FAKE_STEAMCMD_FOLDER FAKE_STEAMCMD_TOOL",
    `exec ${quoted(process.execPath)} ${quoted(PROGRAM)} "$@"`,
    "",
  ].join("\n");
}

/**
 * Installs a real program that plays SteamCMD: it reads the real argument vector, prints what the years have printed, buffers
 * its output in blocks, and writes files and state under `force_install_dir`. What it does stands in `fake-steamcmd.json`
 * beside it (or in the file that FAKE_STEAMCMD_CONFIG names), an item without an entry there, or
 * under `*`, does not exist.
 */
export async function installFakeSteamcmd({ folder, asInstallation, ...config }: FakeOptions): Promise<FakeSteamcmd> {
  const state = join(folder, "fake");
  const tool = join(folder, "steamcmd");
  const path = join(tool, "steamcmd.sh");
  await mkdir(state, { recursive: true });
  await mkdir(asInstallation === true ? join(tool, "linux32") : tool, { recursive: true });
  if (asInstallation === true) await writeFile(join(tool, "linux32", "steamcmd"), "");
  await writeFile(path, fakeLauncher(state), { mode: 0o755 });
  const configure = async (next: z.input<typeof FakeConfig>) =>
    await writeFile(join(state, "fake-steamcmd.json"), JSON.stringify(FakeConfig.parse(next)));
  await configure(config);
  return {
    path,
    folder: state,
    configure,
    runs: () => linesOf(join(state, "runs.jsonl")).map((line) => FakeRun.parse(JSON.parse(line))),
    children: () => linesOf(join(state, "children")).map(Number),
  };
}

function linesOf(file: string): string[] {
  return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n").filter(Boolean) : [];
}

/** Whether a process still runs; a zombie does not. */
export async function isRunning(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => null);
  if (stat !== null) return !/\) Z /.test(stat);
  if (existsSync("/proc/self/stat")) return false;
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
