import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { readable } from "./readable.ts";

export type Ended = { code: number | null; signal: NodeJS.Signals | null };

export type Child = {
  /** Resolves with the first stdout line that matches; rejects when the process ends before. */
  said(pattern: RegExp): Promise<RegExpExecArray>;
  ended: Promise<Ended>;
  kill(signal: NodeJS.Signals): void;
  /** Asks it to end, and ends it when it did not within `graceMs`. Resolves when it is gone. */
  stop(graceMs: number): Promise<Ended>;
};

type ChildOptions = {
  name: string;
  script: string;
  args: readonly string[];
  env: NodeJS.ProcessEnv;
  print: (line: string) => void;
};

/**
 * Starts one of our programs in a process group of its own, so that a Ctrl-C on the terminal reaches it once and through
 * us. What it says on stdout passes as it is, its log lines are written for a person.
 */
export function startChild({ name, script, args, env, print }: ChildOptions): Child {
  const path = fileURLToPath(new URL(`../${script}`, import.meta.url));
  const child = spawn(process.execPath, [path, ...args], { env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  const ended = endOf(child);
  const lines: string[] = [];
  const listeners = new Set<(line: string) => void>();
  createInterface(child.stdout).on("line", (line) => {
    lines.push(line);
    print(line);
    for (const listener of [...listeners]) listener(line);
  });
  createInterface(child.stderr).on("line", (line) => print(readable(name, line)));
  return {
    ended,
    kill: (signal) => void child.kill(signal),
    async stop(graceMs) {
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), graceMs);
      return await ended.finally(() => clearTimeout(timer));
    },
    async said(pattern) {
      const { promise, resolve } = Promise.withResolvers<RegExpExecArray>();
      const look = (line: string): void => {
        const match = pattern.exec(line);
        if (match !== null) resolve(match);
      };
      listeners.add(look);
      lines.forEach(look);
      const early = ended.then(({ code, signal }) => {
        throw new Error(`The ${name} ended early (${signal ?? `exit ${code}`})`);
      });
      return await Promise.race([promise, early]).finally(() => listeners.delete(look));
    },
  };
}

async function endOf(child: ChildProcess): Promise<Ended> {
  const [code, signal]: [number | null, NodeJS.Signals | null] = await once(child, "close").then(([a, b]) => [a, b]);
  return { code, signal };
}
