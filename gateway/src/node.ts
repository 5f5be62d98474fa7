#!/usr/bin/env node
import { randomBytes } from "node:crypto";
import { runCli } from "./cli.ts";
import { listenOnNode } from "./listen-node.ts";

process.exitCode = await runCli({
  name: "node",
  argv: process.argv.slice(2),
  env: process.env,
  now: Date.now,
  random: Math.random,
  randomBytes,
  fetch: globalThis.fetch,
  print: (line) => void process.stdout.write(`${line}\n`),
  complain: (line) => void process.stderr.write(`${line}\n`),
  parent: () => process.ppid,
  onStopSignal(listener) {
    for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, listener);
  },
  listen: listenOnNode,
});
