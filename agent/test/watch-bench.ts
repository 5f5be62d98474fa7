import { onTestFinished } from "vitest";
import type { ServerConfig } from "../src/watch/config.ts";
import type { Listener, WatchError } from "../src/watch/events.ts";
import { createManager } from "../src/watch/manager.ts";
import type { Torrent } from "../src/watch/torrent.ts";
import { createWatch, type WatchTools } from "../src/watch/watch.ts";
import { type FakeRTorrent, fakeRTorrent } from "./fake-rtorrent.ts";

/** What a listener heard, one line each: `S1 updated payload.bin downloaded,active`. */
export function aListener() {
  const heard: string[] = [];
  const torrents: Torrent[] = [];
  const errors: WatchError[] = [];
  const note =
    (event: string) =>
    (torrent: Torrent, diff: string[] = []): void => {
      heard.push([torrent.server, event, torrent.name, diff.join()].filter(Boolean).join(" "));
      torrents.push(torrent);
    };
  const listener: Listener = {
    onAdded: note("added"),
    onRemoved: note("removed"),
    onUpdated: note("updated"),
    onPaused: note("paused"),
    onResumed: note("resumed"),
    onFinished: note("finished"),
    onError: (error) => {
      heard.push(`${error.server} error`);
      errors.push(error);
    },
  };
  return { heard, torrents, errors, listener };
}

/** A watch of its own; it stops with the test. */
export function aWatch(tools: Partial<WatchTools> = {}) {
  let ids = 0;
  const mistakes: unknown[] = [];
  const watch = createWatch({
    now: () => 1_614_265_330_000,
    newId: () => `msg_${++ids}`,
    onListenerError: (error) => mistakes.push(error),
    retryMs: [1, 1, 1],
    ...tools,
  });
  onTestFinished(() => watch.stop());
  return {
    watch,
    mistakes,
    manager: createManager(watch, null),
    managerOf: (name: string) => createManager(watch, name),
  };
}

export const configOf = (server: FakeRTorrent, given: Partial<ServerConfig> = {}): ServerConfig => ({
  name: "S1",
  rtorrent_host: "127.0.0.1",
  rtorrent_port: server.port,
  interval_check: 5,
  ...given,
});

/** A watch over one rTorrent, with a listener that is attached right after the start, as scripts do. */
export async function watching(prepare: (server: FakeRTorrent) => void = () => undefined) {
  const server = await fakeRTorrent();
  onTestFinished(() => server[Symbol.asyncDispose]());
  prepare(server);
  const bench = aWatch();
  await bench.watch.start([configOf(server)]);
  const ear = aListener();
  bench.manager.addListener(ear.listener);
  return { server, ...bench, ...ear };
}
