import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { endGroup, endStrays } from "./process-group.ts";

/** Why we ended a program ourselves; the reason of the signal that did it. */
export const STOPS = ["stalled", "too_large", "timeout", "output_limit"] as const;
export type Stop = (typeof STOPS)[number];

/** What a program may do. A crash, a cancel, a flood and a missing file are answers, not exceptions. */
export type ToolOutcome =
  | { kind: "exited"; code: number }
  | { kind: "killed"; by: Stop | "cancel" }
  | { kind: "died"; signal: string }
  | { kind: "missing"; detail: string };

export type ToolCommand = {
  file: string;
  args: readonly string[];
  cwd: string;
  /** The whole environment, except HOME. */
  env: Record<string, string>;
  /** HOME of this program alone: whatever else runs with it afterwards is a stray and gets killed. */
  home: string;
};

export type ToolOptions = {
  /** Aborted with a `Stop` as its reason, or with anything else for a cancel. */
  signal: AbortSignal;
  killGraceMs: number;
  onOutput: (chunk: string, from: "stdout" | "stderr") => void;
};

/** An agent that holds the pipe of an ended program must not wait for strangers that inherited it. */
const PIPES_CLOSE_MS = 1_000;

/**
 * Runs a program without a shell and with closed stdin. Settles when the program and its whole process group are gone, also
 * after an abort. Never throws for what a program may do.
 */
export async function runTool(command: ToolCommand, options: ToolOptions): Promise<ToolOutcome> {
  const { signal } = options;
  if (signal.aborted) return { kind: "killed", by: stopOf(signal) };
  const child = start(command, options);
  const end = () => void child.kill("SIGTERM");
  signal.addEventListener("abort", end, { once: true });
  try {
    for (const from of ["stdout", "stderr"] as const) {
      child[from].setEncoding("utf8").on("data", (chunk: string) => options.onOutput(chunk, from));
    }
    // A grandchild that inherited the pipe keeps execa's promise open; the program's own exit is what counts.
    await Promise.race([child, exited(child)]);
    if (child.pid !== undefined) await endGroup(child.pid, options.killGraceMs);
    await endStrays(new Set([command.home]));
    return toOutcome(await Promise.race([child, closed(child)]), child, signal);
  } finally {
    signal.removeEventListener("abort", end);
  }
}

function start({ file, args, cwd, env, home }: ToolCommand, { killGraceMs }: ToolOptions) {
  return execa(file, args, {
    cwd,
    env: { ...env, HOME: home },
    extendEnv: false,
    stdin: "ignore",
    buffer: false,
    reject: false,
    killDescendants: true,
    forceKillAfterDelay: killGraceMs,
  });
}

type Child = ReturnType<typeof start>;

function exited({ nodeChildProcess }: Child): Promise<void> {
  return new Promise((done) => nodeChildProcess.once("exit", () => done()));
}

async function closed(child: Child): Promise<null> {
  await sleep(PIPES_CLOSE_MS, undefined, { ref: false });
  child.stdout.destroy();
  child.stderr.destroy();
  return null;
}

function toOutcome(result: Awaited<Child> | null, child: Child, signal: AbortSignal): ToolOutcome {
  if (child.pid === undefined) return { kind: "missing", detail: result?.code ?? "It could not be started" };
  if (signal.aborted) return { kind: "killed", by: stopOf(signal) };
  const { exitCode, signalCode } = child.nodeChildProcess;
  return exitCode === null ? { kind: "died", signal: signalCode ?? "unknown" } : { kind: "exited", code: exitCode };
}

function stopOf(signal: AbortSignal): Stop | "cancel" {
  return STOPS.find((stop) => stop === signal.reason) ?? "cancel";
}
