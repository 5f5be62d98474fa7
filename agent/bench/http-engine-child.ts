import { createHttpEngine } from "../src/engine/http/engine.ts";
import { memoryOf } from "./memory.ts";

// One download by the engine in a process of its own: `http-engine-child.ts URL FOLDER`. Prints its figures as JSON.

const [url = "", folder = ""] = process.argv.slice(2);
const silent = { info: () => {}, warn: () => {} };
const engine = createHttpEngine({ allowPrivate: true, log: silent, connections: 4, limits: { progressMs: 20 } });
const idle = memoryOf();
let ownBytes = idle.anonymous;
const startedAt = performance.now();
const outcome = await engine.fetch({
  ...{ source: { kind: "http", url }, folder, maxBytes: 64 * 1024 ** 3, expectedBytes: null, slot: 0 },
  onProgress: () => {
    ownBytes = Math.max(ownBytes, memoryOf().anonymous);
  },
  signal: new AbortController().signal,
});
const seconds = (performance.now() - startedAt) / 1_000;
if (outcome.kind !== "fetched") throw new Error(`Could not fetch: ${JSON.stringify(outcome)}`);
process.stdout.write(JSON.stringify({ seconds, idleBytes: idle.peak, peakBytes: memoryOf().peak, ownBytes }));
