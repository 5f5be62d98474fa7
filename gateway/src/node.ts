#!/usr/bin/env node
import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { runCli } from "./cli.ts";
import { acceptNodeUpgrades } from "./link/node-upgrade.ts";
import type { Listening, ListenOptions } from "./runtime.ts";

/** Running answers may finish for this long after the stop. */
const FINISH_WITHIN_MS = 5_000;

async function listen({ host, port, fetch, link }: ListenOptions): Promise<Listening> {
  const server = createServer(getRequestListener(fetch, { overrideGlobalObjects: false }));
  const cutSockets = acceptNodeUpgrades(server, link);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server has no port");
  return { port: address.port, close: () => close(server, cutSockets) };
}

function close(server: ReturnType<typeof createServer>, cutSockets: () => void): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      cutSockets();
      server.closeAllConnections();
    }, FINISH_WITHIN_MS);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}

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
  listen,
});
