import { readFileSync, statSync } from "node:fs";
import { z } from "zod";
import type { Log } from "../log.ts";
import type { ServerConfig } from "./config.ts";
import type { Listener } from "./events.ts";
import type { Torrent } from "./torrent.ts";
import { createWatch, type WatchTools } from "./watch.ts";

const FILE_BYTES_MAX = 1024 ** 2;

const Servers = z.array(z.custom<ServerConfig>((value) => typeof value === "object" && value !== null)).min(1);
const WatchFile = z.union([
  Servers.transform((servers) => ({ servers, webhooks: [] })),
  z.strictObject({
    servers: Servers,
    webhooks: z.array(z.strictObject({ url: z.string(), secret: z.string().optional() })).default([]),
  }),
]);

export type DaemonTools = Pick<WatchTools, "now" | "newId"> & { log: Log };

/**
 * Watches the servers and tells the webhooks that a JSON file names (`{servers, webhooks}`, or the list of servers alone), and writes what
 * happens into the log. Throws when the file cannot be read or is wrong. Disposing of it ends everything.
 */
export function startDaemon(path: string, { log, ...tools }: DaemonTools): AsyncDisposable {
  const { servers, webhooks } = readWatchFile(path);
  const onListenerError = (error: unknown): void => log.error("A listener of the watcher failed", { error });
  const watch = createWatch({ ...tools, onListenerError });
  try {
    watch.addListener(logListener(log), null);
    for (const { url, secret } of webhooks) {
      watch.addWebHook(url, { ...hookLog(log), ...(secret === undefined ? {} : { secret }) }, null);
    }
    // It never rejects: a server that is down is an event.
    void watch.start(servers);
  } catch (error) {
    // Nothing waits yet that would have to be waited for.
    void watch.stop();
    throw error;
  }
  return { [Symbol.asyncDispose]: watch.stop };
}

function readWatchFile(path: string): z.infer<typeof WatchFile> {
  if (statSync(path).size > FILE_BYTES_MAX) throw new Error(`It has more than ${FILE_BYTES_MAX} bytes`);
  const parsed = WatchFile.safeParse(JSON.parse(readFileSync(path, "utf8")));
  if (parsed.success) return parsed.data;
  throw new Error('It must be {"servers": [{…}, …], "webhooks": [{"url", "secret"}, …]}, with at least one server');
}

function logListener(log: Log): Listener {
  const note =
    (message: string) =>
    ({ server, hash, name }: Torrent): void =>
      log.info(message, { server, hash, name });
  return {
    onAdded: note("Torrent added"),
    onRemoved: note("Torrent removed"),
    onPaused: note("Torrent paused"),
    onResumed: note("Torrent resumed"),
    onFinished: note("Torrent finished"),
    onUpdated: ({ server, hash, progress }, diff) => log.debug("Torrent updated", { server, hash, progress, diff }),
    // A field named `message` would stand beside the log's own.
    onError: ({ server, hash, message }) =>
      log.warn("Trouble with a torrent server", { server, hash, reason: message }),
  };
}

/** The address without its query, which may be a secret. */
function hookLog(log: Log) {
  const shown = ({ origin, pathname }: URL): string => origin + pathname;
  return {
    onFailed: (url: URL, status: number): void => log.warn("A webhook was refused", { url: shown(url), status }),
    onError: (url: URL, error: unknown): void => log.warn("A webhook was not answered", { url: shown(url), error }),
  };
}
