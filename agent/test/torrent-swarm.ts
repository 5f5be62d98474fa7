import { mkdirSync } from "node:fs";
import { onTestFinished } from "vitest";
import { defaultConfig } from "../src/config.ts";
import type { Engine, FetchRequest } from "../src/engine/engine.ts";
import { torrentEngineOf } from "../src/torrent-engine.ts";
import { aTorrent, type TestTorrent } from "./a-torrent.ts";
import { fakeSeeder } from "./fake-seeder.ts";
import { silent } from "./fake-steamcmd-engine.ts";
import { fixedTracker } from "./fixed-tracker.ts";
import { tempFolder } from "./temp-folder.ts";
import { hashOf, served, textsOf } from "./torrent-stage.ts";

/** One torrent with a peer who has it, and the agent's own engine over a real client. */
export async function torrentSwarm(torrentOf: (announce: string) => TestTorrent) {
  const stack = new AsyncDisposableStack();
  onTestFinished(() => stack.disposeAsync());
  const folder = stack.use(await tempFolder());
  const tracker = stack.use(await fixedTracker());
  const torrent = torrentOf(tracker.url);
  const seeder = stack.use(await fakeSeeder(torrent));
  tracker.peers.push(seeder.port);
  mkdirSync(folder.at("job"));
  const start = (client = "embedded"): Engine => {
    const config = { ...defaultConfig("box"), dataFolder: folder.at("data"), allowPrivateSources: true };
    const torrents = { ...config.torrent, client };
    const limits = { pollMs: 10, tickMs: 10 };
    const engine = torrentEngineOf({ ...config, torrent: torrents }, { now: Date.now, log: silent, limits });
    engine.start?.({ onMoved: () => undefined, mayMove: () => true, isShortOfRoom: () => false });
    stack.defer(async () => engine.close?.());
    return engine;
  };
  const request = (source: Omit<Extract<FetchRequest["source"], { kind: "torrent" }>, "kind">): FetchRequest => ({
    ...{
      source: { kind: "torrent", ...source },
      folder: folder.at("job"),
      maxBytes: 1e9,
      expectedBytes: null,
      slot: 0,
    },
    ...{ onProgress: () => undefined, signal: new AbortController().signal },
  });
  const magnet = `magnet:?xt=urn:btih:${hashOf(torrent)}&tr=${encodeURIComponent(tracker.url)}`;
  return { folder, tracker, torrent, seeder, start, request, magnet };
}

/** Jobs of one torrent of `PACK` in different forms and with different picks, and what each is to deliver. */
export async function jobsInEveryForm({ torrent, request, magnet, folder }: Awaited<ReturnType<typeof torrentSwarm>>) {
  const torrentUrl = await served(torrent.content);
  const all = ["a.bin", "sub/b.bin", "empty"];
  return {
    requests: [
      { ...request({ magnet, files: ["a.bin"] }), folder: folder.at("one") },
      { ...request({ torrentUrl, files: ["sub/b.bin"] }), folder: folder.at("two") },
      { ...request({ magnet }), folder: folder.at("three") },
      { ...request({ torrentUrl }), folder: folder.at("four") },
    ],
    expected: [["a.bin"], ["sub/b.bin"], all, all].map((paths) => textsOf(torrent, ...paths)),
  };
}

export const PACK = (announce: string): TestTorrent =>
  aTorrent("pack", { "a.bin": 200_000, "sub/b.bin": 50_000, empty: 0 }, announce);
export const SINGLE = (announce: string): TestTorrent => aTorrent("map.bsp", 300_000, announce);
