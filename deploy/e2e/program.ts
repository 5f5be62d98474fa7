import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

export type Ended = { code: number | null; signal: string | null };

export type Program = {
  /** The first group of the line that said it was ready. */
  match: string;
  pid: number;
  /** Everything it wrote so far, for the message of a failing test. */
  log(): string;
  ended: Promise<Ended>;
  stop(signal: NodeJS.Signals): Promise<Ended>;
};

type Start = { command: readonly string[]; env: NodeJS.ProcessEnv; ready: RegExp };

/** Starts one of our programs in a process group of its own and waits for its line on stdout. */
export async function startProgram({ command: [file = "", ...args], env, ready }: Start): Promise<Program> {
  const child = spawn(file, args, { env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  const lines: string[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  createInterface(child.stderr).on("line", (line) => lines.push(line));
  createInterface(child.stdout).on("line", (line) => {
    lines.push(line);
    const [, match] = ready.exec(line) ?? [];
    if (match !== undefined) resolve(match);
  });
  const ended = once(child, "close").then(([code, signal]): Ended => ({ code, signal }));
  void ended.then(() => reject(new Error(`Ended before it was ready: ${file} ${args.join(" ")}\n${lines.join("\n")}`)));
  return {
    match: await promise,
    pid: child.pid ?? 0,
    log: () => lines.join("\n"),
    ended,
    stop(signal) {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      return ended;
    },
  };
}
