import { randomBytes } from "node:crypto";
import { appendFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startAgent } from "../src/agent.ts";
import type { Engine } from "../src/engine/engine.ts";
import { createLog } from "../src/log.ts";
import { packFolder } from "../src/pack/pack.ts";
import { uploadArchive } from "../src/upload/upload.ts";
import { NO_LIMITS, QUICK, sleep } from "./harness.ts";

// A whole agent as a process that is there to be killed: each stage notes that it began in `trace` and waits for the file
// `gates/<stage>`. Arguments: gateway, folder.
const [, , gateway = "", folder = ""] = process.argv;

async function pass(stage: string, signal: AbortSignal): Promise<boolean> {
  appendFileSync(join(folder, "trace"), `${stage}\n`);
  while (!existsSync(join(folder, "gates", stage)) && !signal.aborted) await sleep(5, signal);
  return !signal.aborted;
}

const engine: Engine = {
  kind: "workshop",
  check: async () => ({ ok: true, version: "gated" }),
  async fetch({ folder: content, signal }) {
    const root = join(content, "mod");
    mkdirSync(root, { recursive: true });
    // Does not shrink, so that the upload has several parts.
    writeFileSync(join(root, "noise.bin"), randomBytes(150_000));
    if (!(await pass("fetch", signal))) return { kind: "cancelled" };
    return { kind: "fetched", root, fetched: { tool: "gated", manifest: null } };
  },
};

const agent = await startAgent({
  gateway,
  invite: null,
  dataFolder: join(folder, "data"),
  name: "gated",
  slots: 1,
  limits: NO_LIMITS,
  engines: [engine],
  pack: async (request) => ((await pass("pack", request.signal)) ? packFolder(request) : { kind: "cancelled" }),
  upload: async (request) => ((await pass("upload", request.signal)) ? uploadArchive(request) : { kind: "cancelled" }),
  version: "0.1.0",
  platform: "test",
  now: Date.now,
  random: Math.random,
  sleep,
  freeBytes: () => 1e12,
  log: createLog({ level: "warn" }),
  timing: QUICK,
});
process.on("SIGTERM", () => agent.drain(0, 1_000));
await agent.ended;
