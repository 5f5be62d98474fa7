import { randomUUID } from "node:crypto";
import type { ServerConfig } from "./config.ts";
import { createManager, type Manager } from "./manager.ts";
import { createWatch } from "./watch.ts";

export type { CustomClient, CustomTorrent } from "./client.ts";
export type { WatchedKey } from "./compare.ts";
export type { ServerConfig } from "./config.ts";
export type { Listener, WatchError } from "./events.ts";
export type { GivenFile, Manager } from "./manager.ts";
export type { Created } from "./take-in.ts";
export type { Torrent, TorrentFile } from "./torrent.ts";
export type { TorrentFileData } from "./torrent-file.ts";
export type { WebHookOptions } from "./webhook.ts";

/** As dTorrent's, one watch per process: what `start` begins, every `manager()` speaks for. */
const watch = createWatch({
  now: Date.now,
  newId: () => `msg_${randomUUID()}`,
  onListenerError: (error) => process.emitWarning(error instanceof Error ? error : String(error), "ListenerWarning"),
});

/**
 * Begins to watch one server or several. Resolves once each was looked at once, also when it is down; to the number of servers for one
 * configuration, to nothing for a list. Rejects only for a wrong configuration.
 */
export function start(config: readonly ServerConfig[]): Promise<undefined>;
export function start(config?: ServerConfig): Promise<number>;
export async function start(config: ServerConfig | readonly ServerConfig[] = {}): Promise<number | undefined> {
  if (isList(config)) {
    await watch.start(config);
    return undefined;
  }
  await watch.start([config]);
  return watch.servers(null).length;
}

/** The manager of all servers, or of the one with that name. It can be awaited and need not be. */
export function manager(server?: string): Manager {
  return createManager(watch, server ?? null);
}

/** Ends the watch over every server: polls, waits, listeners and webhooks. */
export function stop(): Promise<void> {
  return watch.stop();
}

/** `Array.isArray` does not narrow to readonly arrays. */
function isList(config: ServerConfig | readonly ServerConfig[]): config is readonly ServerConfig[] {
  return Array.isArray(config);
}
