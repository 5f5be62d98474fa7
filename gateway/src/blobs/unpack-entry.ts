import { Readable } from "node:stream";
import { Worker } from "node:worker_threads";
import { createPlaces } from "./places.ts";
import type { FromUnpacker, UnpackInput } from "./unpack-messages.ts";

export type PackedEntry = Omit<UnpackInput, "credits">;

/** Each costs a thread and about 15 MiB while it is being read. */
const places = createPlaces(4);
const URL_OF_WORKER = new URL("./unpack-worker.ts", import.meta.url);
const HEAP_MB = 64;

/**
 * The content of a bzip2 entry of a local archive, unpacked in a thread of its own as it is read, a few at once. Damaged
 * data, and a reader that takes nothing for a minute, end the stream with an error; closing it ends the thread.
 */
export function unpackEntry(entry: PackedEntry): Readable {
  const stopping = new AbortController();
  const credits = new SharedArrayBuffer(4);
  const wanted = new Int32Array(credits);
  let worker: Worker | null = null;
  let isStarted = false;
  let isWhole = false;

  async function start(): Promise<void> {
    if (!(await places.take(stopping.signal))) return;
    if (stopping.signal.aborted) return places.giveBack();
    const workerData: UnpackInput = { ...entry, credits };
    worker = new Worker(URL_OF_WORKER, {
      execArgv: [],
      workerData,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    });
    worker.on("message", onMessage);
    worker.on("error", (error) => stream.destroy(toError(error)));
    worker.on("exit", () => {
      places.giveBack();
      // What it said last may still wait for its reader.
      if (!isWhole) stream.destroy(new Error("Could not unpack an entry: its thread ended"));
    });
  }

  function onMessage(message: FromUnpacker): void {
    if (message.type === "chunk") stream.push(message.chunk);
    else if (message.type === "failed") stream.destroy(new Error(message.reason));
    else {
      isWhole = true;
      stream.push(null);
    }
  }

  const stream = new Readable({
    read() {
      // Not before somebody reads: an error that nobody listens for would end the process.
      if (!isStarted) start().catch((cause: unknown) => stream.destroy(toError(cause)));
      isStarted = true;
      Atomics.add(wanted, 0, 1);
      Atomics.notify(wanted, 0);
    },
    destroy(error, done) {
      stopping.abort();
      // Its end is heard of as `exit`.
      void worker?.terminate();
      done(error);
    },
  });
  return stream;
}

function toError(cause: unknown): Error {
  return cause instanceof Error ? cause : new Error(String(cause), { cause });
}
