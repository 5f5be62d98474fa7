import type { Source } from "@modfleet/protocol";
import { defaultConfig } from "../src/config.ts";
import { torrentEngineOf } from "../src/torrent-engine.ts";

// A torrent's job as a process that is there to be killed; each line on stdout is a progress or the outcome. Arguments: the agent's
// data folder, the job's folder, the torrent's address.
const [, , dataFolder = "", folder = "", torrentUrl = ""] = process.argv;

const source: Source = { kind: "torrent", torrentUrl };
const config = { ...defaultConfig("box"), dataFolder, allowPrivateSources: true };
const engine = torrentEngineOf(config, {
  now: Date.now,
  log: { info: () => undefined, warn: () => undefined },
  limits: { pollMs: 10 },
});
engine.start?.({ onMoved: () => undefined, mayMove: () => true, isShortOfRoom: () => false });
const tell = (what: object): void => void process.stdout.write(`${JSON.stringify(what)}\n`);
const outcome = await engine.fetch({
  ...{ source, folder, maxBytes: 1e9, expectedBytes: null, slot: 0, onProgress: tell },
  signal: new AbortController().signal,
});
await engine.close?.();
tell(outcome);
