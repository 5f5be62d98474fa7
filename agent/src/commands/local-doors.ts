import { randomBytes, randomUUID } from "node:crypto";
import { join } from "node:path";
import type { Secret } from "@modfleet/protocol";
import type { Config } from "../config.ts";
import { type Console, openConsole } from "../local/console/console.ts";
import { isLoopback } from "../local/guard.ts";
import { localTokenPath, openLocalToken } from "../local/local-token.ts";
import { type LocalOptions, type LocalSurface, openLocalSurface } from "../local/server.ts";
import { createLocalDownloads } from "../local-downloads.ts";
import { CommandError } from "./context.ts";
import { openTorrentDoors } from "./local-doors-torrents.ts";

export type DoorsOptions = Pick<LocalOptions, "status" | "drain" | "log">;

/** Opens the local port with everything that answers on it; `close` ends all of it. */
export async function openLocalDoors(config: Config, options: DoorsOptions): Promise<LocalSurface> {
  await using opening = new AsyncDisposableStack();
  const token = config.local.token ?? openToken(config);
  const webConsole = openWebConsole(config, options);
  opening.defer(() => webConsole.close());
  const torrents = openTorrentDoors(config, options.log);
  opening.defer(() => torrents.close());
  const surface = await openSurface(config, { ...options, token, doors: [webConsole, ...torrents.doors] });
  tellWhereTokenLies(config, options);
  const opened = opening.move();
  const close = async (): Promise<void> => {
    await opened.disposeAsync();
    await surface.close();
  };
  return { ...surface, close };
}

function openToken({ dataFolder }: Config): Secret {
  try {
    return openLocalToken(dataFolder, randomBytes);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CommandError(`Cannot keep the local port's token in ${dataFolder}: ${reason}`, { cause });
  }
}

function tellWhereTokenLies({ local, dataFolder }: Config, { log }: DoorsOptions): void {
  if (local.host === "localhost" || isLoopback(local.host)) return;
  const place = local.token === null ? localTokenPath(dataFolder) : "MODFLEET_LOCAL_TOKEN";
  log.info("Other machines can reach the local port with its token", { host: local.host, token: place });
}

function openWebConsole(config: Config, { log }: DoorsOptions): Console {
  const { downloadsFolder, dataFolder, allowPrivateSources, threadsSize, blockBytes } = config;
  try {
    return openConsole({
      downloads: createLocalDownloads({ allowPrivate: allowPrivateSources, connections: threadsSize, blockBytes }),
      folder: downloadsFolder,
      journalPath: join(dataFolder, "console.jsonl"),
      newId: () => randomUUID(),
      log,
    });
  } catch (cause) {
    const hint = "choose another with MODFLEET_DOWNLOADS";
    throw new CommandError(`Cannot use the downloads folder ${downloadsFolder}, ${hint}: ${String(cause)}`, { cause });
  }
}

async function openSurface(
  { local: { host, port, origins } }: Config,
  options: Omit<LocalOptions, "host" | "port" | "origins">,
): Promise<LocalSurface> {
  try {
    return await openLocalSurface({ host, port, origins, ...options });
  } catch (cause) {
    const hint = "choose another with MODFLEET_LOCAL_PORT (0 picks a free one)";
    throw new CommandError(`Cannot open the agent's own page on ${host}:${port}, ${hint}: ${String(cause)}`, { cause });
  }
}
