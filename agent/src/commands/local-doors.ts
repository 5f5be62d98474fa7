import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { Config } from "../config.ts";
import { type Console, openConsole } from "../local/console/console.ts";
import { type LocalOptions, type LocalSurface, openLocalSurface } from "../local/server.ts";
import { createLocalDownloads } from "../local-downloads.ts";
import { CommandError } from "./context.ts";

export type DoorsOptions = Pick<LocalOptions, "status" | "drain" | "log">;

/** Opens the local port with everything that answers on it; `close` ends all of it. */
export async function openLocalDoors(config: Config, options: DoorsOptions): Promise<LocalSurface> {
  const webConsole = openWebConsole(config, options);
  try {
    const surface = await openSurface(config, { ...options, doors: [webConsole] });
    const close = async (): Promise<void> => {
      await webConsole.close();
      await surface.close();
    };
    return { ...surface, close };
  } catch (cause) {
    await webConsole.close();
    throw cause;
  }
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
  { local }: Config,
  options: Omit<LocalOptions, keyof Config["local"]>,
): Promise<LocalSurface> {
  try {
    return await openLocalSurface({ ...local, ...options });
  } catch (cause) {
    const { host, port } = local;
    const hint = "choose another with MODFLEET_LOCAL_PORT (0 picks a free one)";
    throw new CommandError(`Cannot open the agent's own page on ${host}:${port}, ${hint}: ${String(cause)}`, { cause });
  }
}
