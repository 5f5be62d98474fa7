import { parentPort, workerData } from "node:worker_threads";
import type { WorkerMessage } from "./pack.ts";
import { toFailed } from "./pack-failure.ts";
import { type PackJob, type PackProgress, packTree } from "./pack-tree.ts";

/** The thread of one job. What it was started with comes from `packFolder` in this very program. */
const job: PackJob = workerData;

const say = (message: WorkerMessage): void => parentPort?.postMessage(message);

const onProgress = (progress: PackProgress): void => say({ type: "progress", progress });

try {
  say({ type: "packed", packed: await packTree(job, onProgress) });
} catch (error) {
  say({ type: "failed", ...toFailed(error) });
}
