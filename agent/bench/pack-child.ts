import { readFileSync } from "node:fs";
import { packFolder } from "../src/pack/pack.ts";

// One pack in a process of its own: `pack-child.ts ROOT TARGET`. Prints its figures as JSON.

const [root = "", target = ""] = process.argv.slice(2);
const { signal } = new AbortController();
const startedAt = performance.now();
const outcome = await packFolder({ root, target, maxBytes: 64 * 1024 ** 3, onProgress: () => {}, signal });
const seconds = (performance.now() - startedAt) / 1_000;
if (outcome.kind !== "packed") throw new Error(`Could not pack: ${JSON.stringify(outcome)}`);
process.stdout.write(
  JSON.stringify({ seconds, peakBytes: peakBytes(), bytes: outcome.bytes, entries: outcome.entries }),
);

/** On Linux `resourceUsage().maxRSS` begins with the parent's. */
function peakBytes(): number {
  if (process.platform !== "linux") return process.resourceUsage().maxRSS * 1024;
  const [, kibibytes = "0"] = /VmHWM:\s+(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
  return Number(kibibytes) * 1024;
}
