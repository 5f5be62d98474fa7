#!/usr/bin/env node
import { randomBytes } from "node:crypto";
import { systemCode } from "./blobs/durable.ts";
import { boundHeap } from "./bound-heap.ts";
import { runCli } from "./cli.ts";
import { listenOnNode } from "./listen-node.ts";
import { pooledRandom } from "./random-pool.ts";

/** One Ctrl-C may arrive twice under npm; later than this, somebody means it. */
const SAME_SIGNAL_SECONDS = 1;

// `… | head` reads no further, a log's reader may die: what is left is nobody's, and no reason to fall over.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error) => {
    if (systemCode(error) !== "EPIPE") throw error;
  });
}

boundHeap();
process.exitCode = await runCli({
  name: "node",
  argv: process.argv.slice(2),
  env: process.env,
  now: Date.now,
  random: Math.random,
  randomBytes: pooledRandom(randomBytes),
  fetch: globalThis.fetch,
  print: (line) => void process.stdout.write(`${line}\n`),
  complain: (line) => void process.stderr.write(`${line}\n`),
  parent: () => process.ppid,
  onStopSignal(listener) {
    let firstAt: number | null = null;
    const onSignal = (): void => {
      firstAt ??= process.uptime();
      if (process.uptime() - firstAt > SAME_SIGNAL_SECONDS) process.exit(1);
      listener();
    };
    for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, onSignal);
  },
  listen: listenOnNode,
});
