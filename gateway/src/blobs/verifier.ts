import { Worker } from "node:worker_threads";
import { createPlaces } from "./places.ts";
import type { Inspected, InspectTakenOver, VerifyArchive } from "./verify-archive.ts";
import type { WorkerData } from "./verify-messages.ts";
import { type RunInput, runInWorker } from "./verify-run.ts";
import { refused } from "./zip/refusal.ts";

export type VerifierOptions = {
  /** Archives verified at once; further ones wait. */
  threads?: number;
  /** A worker that is silent for so long is ended. */
  stallMs?: number;
  /** Largest JavaScript heap of one worker. */
  heapMb?: number;
  worker?: URL;
  /** Works only while nobody else wants the processor, where the system has such threads. */
  isBackground?: boolean;
};

export type ArchiveVerifier = {
  verify: VerifyArchive;
  inspectTakenOver: InspectTakenOver;
  /** Ends all workers; what still runs gets the verdict `crashed`. */
  close(): Promise<void>;
};

const THREADS = 2;
const STALL_MS = 120_000;
/** A million entries fit; more is a runaway, which ends the thread and not the process. */
const HEAP_MB = 1_024;
/** Small entries make much short-lived garbage; by default V8 lets it pile up to some hundred MiB. */
const YOUNG_HEAP_MB = 6;

/** Verifies archives off the event loop, in worker threads that are started when needed and kept for the next archive. */
export function createArchiveVerifier(options: VerifierOptions = {}): ArchiveVerifier {
  const { threads = THREADS, stallMs = STALL_MS, heapMb = HEAP_MB, isBackground = false } = options;
  const url = options.worker ?? new URL("./verify-worker.ts", import.meta.url);
  const resourceLimits = { maxOldGenerationSizeMb: heapMb, maxYoungGenerationSizeMb: YOUNG_HEAP_MB };
  const workerData: WorkerData = { isBackground };
  const places = createPlaces(threads);
  const all = new Set<Worker>();
  const idle: Worker[] = [];

  function start(): Worker {
    const worker = new Worker(url, { execArgv: [], resourceLimits, workerData });
    all.add(worker);
    // An idle worker that fails must not end the process; its `exit` follows.
    worker.on("error", () => undefined);
    worker.on("exit", () => {
      all.delete(worker);
      if (idle.includes(worker)) idle.splice(idle.indexOf(worker), 1);
    });
    return worker;
  }

  async function run(input: RunInput): Promise<Inspected> {
    if (!(await places.take(input.signal))) return refused("aborted", "Nobody waits for this verdict any more");
    try {
      const worker = idle.pop() ?? start();
      worker.ref();
      const { verdict, isReusable } = await runInWorker(worker, input, stallMs);
      if (isReusable) {
        // An idle worker does not keep the process alive.
        worker.unref();
        idle.push(worker);
      } else await worker.terminate();
      return verdict;
    } finally {
      places.giveBack();
    }
  }

  return {
    verify: run,
    inspectTakenOver: (input) => run({ ...input, takenOver: true }),
    async close() {
      await Promise.all([...all].map((worker) => worker.terminate()));
    },
  };
}
