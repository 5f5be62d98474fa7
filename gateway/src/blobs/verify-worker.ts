import { parentPort, workerData } from "node:worker_threads";
import { stepBack } from "./step-back.ts";
import type { Inspected } from "./verify-archive.ts";
import { ENTRIES_PER_MESSAGE, type FromWorker, type ToWorker, type WorkerData } from "./verify-messages.ts";
import { inspectArchive } from "./zip/inspect-archive.ts";

/** The thread that `createArchiveVerifier` starts: inspects one archive after another, one at a time. */
const port = parentPort;
if (port === null) throw new Error("Could not start: this file runs as a worker thread");

const { isBackground }: WorkerData = workerData;
if (isBackground) stepBack();

const say = (message: FromWorker) => port.postMessage(message);
let wakeUp = () => {};

port.on("message", (message: ToWorker) => {
  if (message.type === "more") return wakeUp();
  const { input } = message;
  inspectArchive(input, (bytesRead) => say({ type: "work", bytesRead })).then(deliver, (cause: unknown) => {
    // Our bug: the thread ends, and the pool makes a verdict of that.
    setImmediate(() => {
      throw cause;
    });
  });
});

async function deliver(verdict: Inspected): Promise<void> {
  if (!verdict.ok) return say({ type: "verdict", verdict });
  const { entries } = verdict;
  for (let from = 0; from < entries.length; from += ENTRIES_PER_MESSAGE) {
    const more = new Promise<void>((resolve) => {
      wakeUp = resolve;
    });
    say({ type: "entries", entries: entries.slice(from, from + ENTRIES_PER_MESSAGE) });
    await more;
  }
  say({ type: "verdict", verdict: { ...verdict, entries: [] } });
}
