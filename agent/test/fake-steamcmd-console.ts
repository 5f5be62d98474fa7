import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import type { FakeConfig } from "./fake-steamcmd-config.ts";

const env = (name: string): string => process.env[name] ?? "";
export const state = env("FAKE_STEAMCMD_FOLDER");
export const tool = env("FAKE_STEAMCMD_TOOL");
export const home = env("HOME");
const file = env("FAKE_STEAMCMD_CONFIG") || join(state, "fake-steamcmd.json");
export const config = toConfig(JSON.parse(readFileSync(file, "utf8")));

/** The helper has checked what it wrote; loading the schema's library would double the time of a run. */
function toConfig(json: Partial<FakeConfig>): FakeConfig {
  return { items: {}, start: [], needsWarmUp: false, stepBytes: 1_000, stepMs: 10, delayMs: 0, ...json };
}

/** Not a TTY: the real tool writes 4,096 bytes at a time, and what it has not written a kill takes away. */
let buffered = "";
export function say(text: string): void {
  buffered += text;
  while (buffered.length >= 4_096) {
    writeAll(buffered.slice(0, 4_096));
    buffered = buffered.slice(4_096);
  }
}

function writeAll(text: string): void {
  const bytes = Buffer.from(text);
  for (let sent = 0; sent < bytes.length; ) {
    try {
      sent += writeSync(1, bytes, sent);
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EAGAIN")) throw error;
    }
  }
}

export function leave(code: number): never {
  for (const lock of locks) rmSync(lock, { force: true });
  writeAll(buffered);
  process.exit(code);
}

/** The commands behind the pluses, each with its arguments. */
function commandsOf(argv: readonly string[]): string[][] {
  const commands: string[][] = [];
  for (const word of argv) {
    if (word.startsWith("+")) commands.push([word.slice(1)]);
    else commands.at(-1)?.push(word);
  }
  return commands;
}

export const argv = process.argv.slice(2);
export const commands = commandsOf(argv);
export const argumentsOf = (name: string) => commands.find(([command]) => command === name)?.slice(1) ?? [];

const locks: string[] = [];
export function lock(path: string): boolean {
  mkdirSync(dirname(path), { recursive: true });
  const owner = existsSync(path) ? Number(readFileSync(path, "utf8")) : 0;
  const taken = owner > 0 && existsSync(`/proc/${owner}`);
  writeFileSync(path, String(process.pid));
  locks.push(path);
  return taken;
}

export function turn(name: string): number {
  const path = join(state, `turn-${name}`);
  const before = existsSync(path) ? Number(readFileSync(path, "utf8")) : 0;
  writeFileSync(path, String(before + 1));
  return before;
}
