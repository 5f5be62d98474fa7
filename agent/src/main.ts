import { statfsSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { runCommandLine } from "./cli.ts";
import type { CommandContext } from "./commands/context.ts";
import { killDescendants } from "./commands/kill-descendants.ts";
import type { Config } from "./config.ts";
import type { Engine } from "./engine/engine.ts";
import { createHttpEngine } from "./engine/http/engine.ts";
import { createSteamcmdEngine } from "./engine/steamcmd/engine.ts";
import { engineLogOf } from "./engine-log.ts";
import type { Log } from "./log.ts";
import { packFolder } from "./pack/pack.ts";
import { torrentEngineOf } from "./torrent-engine.ts";
import { uploadArchive } from "./upload/upload.ts";

/** The engines in the order in which they are offered; the SteamCMD one also fetches legacy items over HTTP. */
function createEngines(config: Config, log: Log): Engine[] {
  const { dataFolder, steamcmd, allowPrivateSources, threadsSize, blockBytes } = config;
  const engineLog = engineLogOf(log);
  const shared = { allowPrivate: allowPrivateSources, log: engineLog };
  const http = { connections: threadsSize, blockBytes };
  const steam = createSteamcmdEngine({
    ...shared,
    ...http,
    toolFolder: join(dataFolder, "steamcmd"),
    steamcmdPath: steamcmd.path,
    downloadUrl: steamcmd.url,
    steamUser: steamcmd.user,
    platform: process.platform,
    arch: process.arch,
    environment: process.env,
    now: Date.now,
    fetch: globalThis.fetch,
  });
  const torrent = torrentEngineOf(config, { now: Date.now, log: engineLog });
  return [steam, createHttpEngine({ ...shared, ...http }), torrent];
}

const context: CommandContext = {
  env: process.env,
  now: Date.now,
  random: Math.random,
  // A wait that is cut short is over, not failed.
  sleep: (ms, signal) => delay(ms, undefined, { signal }).catch(() => {}),
  hostName: hostname(),
  platform: `${process.platform}-${process.arch}`,
  nodeVersion: process.versions.node,
  cwd: process.cwd(),
  parentId: () => process.ppid,
  stdout: process.stdout,
  stderr: process.stderr,
  createEngines,
  pack: (request) => packFolder(request),
  upload: (request) => uploadArchive(request),
  freeBytes: (folder) => {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  },
  onStopSignal: (listener) => {
    process.on("SIGINT", listener).on("SIGTERM", listener);
    return () => void process.off("SIGINT", listener).off("SIGTERM", listener);
  },
  exit: (code) => {
    killDescendants(process.pid, process.platform);
    process.exit(code);
  },
};

// `… | head` reads no further, a log's reader may die: what is left is nobody's, and no reason to fall over.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error) => {
    if (!("code" in error && error.code === "EPIPE")) throw error;
  });
}

process.exitCode = await runCommandLine(process.argv.slice(2), context);
