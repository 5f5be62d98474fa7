import { readFileSync } from "node:fs";
import { createHttpEngine } from "../src/engine/http/engine.ts";

// One download by the engine in a process of its own: `http-engine-child.ts URL FOLDER`. Prints its figures as JSON.

const [url = "", folder = ""] = process.argv.slice(2);
const silent = { info: () => {}, warn: () => {} };
const engine = createHttpEngine({ allowPrivate: true, log: silent, connections: 4, limits: { progressMs: 20 } });
const idle = memory();
let ownBytes = idle.anonymous;
const startedAt = performance.now();
const outcome = await engine.fetch({
  ...{ source: { kind: "http", url }, folder, maxBytes: 64 * 1024 ** 3, expectedBytes: null, slot: 0 },
  onProgress: () => {
    ownBytes = Math.max(ownBytes, memory().anonymous);
  },
  signal: new AbortController().signal,
});
const seconds = (performance.now() - startedAt) / 1_000;
if (outcome.kind !== "fetched") throw new Error(`Could not fetch: ${JSON.stringify(outcome)}`);
process.stdout.write(JSON.stringify({ seconds, idleBytes: idle.peak, peakBytes: memory().peak, ownBytes }));

/** The peak of everything, with the mapped program; and what is neither program nor library at this moment. */
function memory(): { peak: number; anonymous: number } {
  const status = process.platform === "linux" ? readFileSync("/proc/self/status", "utf8") : "";
  const bytesOf = (name: string): number => 1024 * Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1] ?? "0");
  return { peak: bytesOf("VmHWM"), anonymous: bytesOf("RssAnon") };
}
