import type { Command } from "commander";
import type { Engine } from "../engine/engine.ts";
import type { PackOutcome, PackRequest } from "../pack/pack.ts";

/** What `get` needs from the world; the composition root fills it in, tests fill it with fakes. */
export type GetContext = {
  /** Origin of Steam's Web API (`MODFLEET_STEAM_API_URL`). */
  steamApiUrl: string;
  /** Made only once it is needed: a wrong id must not download SteamCMD. `scratch` of the job is handed to it by `fetch`. */
  createEngine: () => Engine | Promise<Engine>;
  pack: (request: PackRequest) => Promise<PackOutcome>;
  fetch: typeof globalThis.fetch;
  /** Folder below which the job's own folder is made, and removed afterwards. */
  scratch: string;
  /** Relative `-o` paths and the default file are meant from here. */
  cwd: string;
  stdout: GetOutput;
  stderr: GetOutput;
  /** Milliseconds; only for how often progress lines appear. */
  now: () => number;
  /** Aborted on Ctrl-C. */
  signal: AbortSignal;
  /** Told the exit code: 0 done, 1 failed, 2 wrong usage, 130 interrupted. */
  exit: (code: number) => void;
};

/** The part of a stream that is written to; a terminal says so by `isTTY`. */
export type GetOutput = { write: (text: string) => unknown; isTTY?: boolean };

export type GetOptions = { target: string; output?: string; force: boolean; json: boolean };

/** Fetches one Workshop item without any gateway and writes it as a zip. Never throws for what Steam or a disk may do. */
export async function getCommand(_options: GetOptions, _context: GetContext): Promise<number> {
  return 1;
}

/** Adds `get` to the command line. */
export function registerGet(program: Command, context: GetContext): void {
  program
    .command("get")
    .action(async () => context.exit(await getCommand({ target: "", force: false, json: false }, context)));
}
