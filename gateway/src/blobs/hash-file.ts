import { Worker } from "node:worker_threads";
import type { Digest } from "./zip/byte-source.ts";

export type HashWork = { path: string; bytes: number };

/** Hashes the first `bytes` of a file as they are. Rejects when there are fewer, and with the signal's reason. */
export type HashFile = (file: HashWork, signal: AbortSignal) => Promise<Digest>;

/** Hashes in a thread of its own, of low priority where the system has such. */
export const hashFile: HashFile = async ({ path, bytes }, signal) => {
  signal.throwIfAborted();
  const workerData: HashWork = { path, bytes };
  const worker = new Worker(new URL("./hash-worker.ts", import.meta.url), { execArgv: [], workerData });
  const { promise, resolve, reject } = Promise.withResolvers<Digest>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener("abort", onAbort);
  worker.once("message", (digest: Digest) => resolve(digest));
  worker.once("error", reject);
  worker.once("exit", (code) => reject(new Error(`Could not hash ${path}: the thread exited with ${code}`)));
  try {
    return await promise;
  } finally {
    signal.removeEventListener("abort", onAbort);
    await worker.terminate();
  }
};
