import { monitorEventLoopDelay } from "node:perf_hooks";
import { createArchiveVerifier } from "../src/blobs/verifier.ts";

// One verification in a process of its own: `verify-child.ts PATH BYTES [SHA256 TREE]`. Without hashes it is an archive
// taken over, in a thread of low priority. Prints its figures as JSON.
const [path = "", size = "", sha256, tree] = process.argv.slice(2);
const bytes = Number(size);
const isTakenOver = sha256 === undefined || tree === undefined;
const verifier = createArchiveVerifier({ isBackground: isTakenOver });
const delay = monitorEventLoopDelay({ resolution: 1 });
let rssPeak = 0;
const watch = setInterval(() => {
  rssPeak = Math.max(rssPeak, process.memoryUsage.rss());
}, 10);

const { signal } = new AbortController();
delay.enable();
const cpuBefore = process.cpuUsage();
const startedAt = performance.now();
const verdict = isTakenOver
  ? await verifier.inspectTakenOver({ path, bytes, signal })
  : await verifier.verify({ path, sha256, bytes, tree, signal });
const seconds = (performance.now() - startedAt) / 1_000;
const { user, system } = process.cpuUsage(cpuBefore);
clearInterval(watch);
if (!verdict.ok) throw new Error(`${verdict.fault}: ${verdict.detail}`);

const figures = {
  entries: verdict.entries.length,
  unpackedBytes: verdict.unpackedBytes,
  seconds,
  cpuSeconds: (user + system) / 1e6,
  // Not `resourceUsage().maxRSS`: on Linux that begins with the parent's.
  rssPeak,
  delayP99Ms: delay.percentile(99) / 1e6,
  delayMaxMs: delay.max / 1e6,
};
process.stdout.write(JSON.stringify(figures));
await verifier.close();
