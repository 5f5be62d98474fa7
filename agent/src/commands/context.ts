import type { Environment } from "@modfleet/protocol";
import type { Config } from "../config.ts";
import type { Engine } from "../engine/engine.ts";
import type { Log } from "../log.ts";
import type { Tools } from "../work/runner.ts";

export type StopSignal = "SIGINT" | "SIGTERM";

/** What a command may use of the world. Only `main.ts` fills it with the real one. */
export type CommandContext = Pick<Tools, "pack" | "upload"> & {
  env: Environment;
  /** Milliseconds UTC. */
  now: () => number;
  /** In [0, 1). */
  random: () => number;
  /** Resolves after `ms`, or at once when the signal fires. */
  sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  hostName: string;
  /** `linux-x64` and the like. */
  platform: string;
  nodeVersion: string;
  cwd: string;
  /** The parent's process id as it is now. */
  parentId: () => number;
  stdout: Output;
  stderr: Output;
  createEngines: (config: Config, log: Log) => Engine[];
  /** Free bytes of the disk that holds `folder`. */
  freeBytes: (folder: string) => number;
  /** Calls back on every SIGINT or SIGTERM until the returned function is called. */
  onStopSignal: (listener: (name: StopSignal) => void) => () => void;
  /** Ends the process at once, and every process that it started. */
  exit: (code: number) => void;
};

/** The part of a stream that commands write to; `isTTY` says whether a person looks at it. */
export type Output = { write(text: string): unknown; isTTY?: boolean };

/** A command that cannot do its work: `message` is the one line on stderr that says what to do. 1 failed, 2 wrong usage. */
export class CommandError extends Error {
  readonly exitCode: 1 | 2;

  constructor(message: string, { exitCode = 1, cause }: { exitCode?: 1 | 2; cause?: unknown } = {}) {
    super(message, { cause });
    this.name = "CommandError";
    this.exitCode = exitCode;
  }
}
