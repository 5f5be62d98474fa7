import type { Log } from "../log.ts";
import type { Listener } from "./events.ts";
import type { Torrent } from "./torrent.ts";
import { createWatch, type WatchTools } from "./watch.ts";
import type { WatchFile } from "./watch-file.ts";

export type DaemonTools = Pick<WatchTools, "now" | "newId"> & { log: Log };

/** Watches the servers and tells the webhooks that a file names, and writes what happens into the log. Disposing of it ends everything. */
export function startDaemon({ servers, webhooks }: WatchFile, { log, ...tools }: DaemonTools): AsyncDisposable {
  const onListenerError = (error: unknown): void => log.error("A listener of the watcher failed", { error });
  const watch = createWatch({ ...tools, onListenerError });
  watch.addListener(logListener(log), null);
  for (const { url, secret } of webhooks) {
    watch.addWebHook(url, { ...hookLog(log), ...(secret === undefined ? {} : { secret }) }, null);
  }
  // It never rejects: the file was right, and a server that is down is an event.
  void watch.start(servers);
  return { [Symbol.asyncDispose]: watch.stop };
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
