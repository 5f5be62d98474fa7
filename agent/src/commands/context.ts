import type { Environment } from "@modfleet/protocol";

/** What a command may use of the world. Only `main.ts` fills it with the real one. */
export type CommandContext = {
  env: Environment;
  /** Milliseconds UTC. */
  now: () => number;
  /** In [0, 1). */
  random: () => number;
  hostName: string;
  /** `linux-x64` and the like. */
  platform: string;
  parentProcess: () => number;
  stdout: Output;
  stderr: Output;
  /** Calls back on every SIGINT or SIGTERM until the returned function is called. */
  onStopSignal: (listener: () => void) => () => void;
  /** Ends the process at once. */
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
