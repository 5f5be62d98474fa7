import { randomBytes } from "node:crypto";
import { newId } from "@modfleet/protocol";
import type { CommandContext, Output, StopSignal } from "../src/commands/context.ts";
import { fakeEngine } from "./fake-engine.ts";
import { instantPack, sleep } from "./harness.ts";

export type TestContext = CommandContext & {
  /** Everything that was written to stdout and stderr. */
  said(): string;
  complained(): string;
  signal(name: StopSignal): void;
  exits: number[];
};

function output(): Output & { text(): string } {
  let written = "";
  const write = (text: string): void => {
    written += text;
  };
  return { write, text: () => written };
}

/** A command's world in the test's hand. */
export function testContext(env: Record<string, string>, given: Partial<CommandContext> = {}): TestContext {
  const [stdout, stderr] = [output(), output()];
  const listeners = new Set<(name: StopSignal) => void>();
  const exits: number[] = [];
  return {
    env: { MODFLEET_LOG: "error", MODFLEET_LOCAL_PORT: "0", ...env },
    now: Date.now,
    random: () => 0.5,
    sleep,
    hostName: "box",
    platform: "test",
    nodeVersion: "24.0.0",
    cwd: env["MODFLEET_AGENT_DATA"] ?? "/",
    parentId: () => 1,
    stdout,
    stderr,
    createEngines: () => [fakeEngine()],
    pack: instantPack,
    upload: async () => ({ kind: "uploaded", upload: newId("upl", randomBytes) }),
    freeBytes: () => 1e12,
    onStopSignal: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    exit: (code) => void exits.push(code),
    said: stdout.text,
    complained: stderr.text,
    signal: (name) => {
      for (const listener of listeners) listener(name);
    },
    exits,
    ...given,
  };
}
