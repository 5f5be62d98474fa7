import type { Engine } from "../engine/engine.ts";
import type { PackOutcome, PackRequest } from "../pack/pack.ts";

/** The part of a stream that is written to; a terminal says so by `isTTY`. */
export type GetOutput = { write: (text: string) => unknown; isTTY?: boolean };

/** What `get` needs from the world; the composition root fills it in, tests fill it with fakes. */
export type GetContext = {
  /** Origin of Steam's Web API (`MODFLEET_STEAM_API_URL`). */
  steamApiUrl: string;
  /** Made only once it is needed: a wrong id must not start anything. */
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
  /** Aborted on Ctrl-C, once it is watched for. */
  signal: AbortSignal;
  /** From here on Ctrl-C aborts `signal` instead of ending the process. */
  watchInterrupts: () => void;
  /** Resolves after `ms`, or at once when the signal fires. */
  sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Told the exit code: 0 done, 1 failed, 2 wrong usage, 130 interrupted. */
  exit: (code: number) => void;
};
