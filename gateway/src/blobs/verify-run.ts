import { setTimeout } from "node:timers";
import type { Worker } from "node:worker_threads";
import type { ArchiveEntry } from "@modfleet/protocol";
import type { ArchiveFault, Inspected, VerifyInput } from "./verify-archive.ts";
import type { FromWorker, ToWorker } from "./verify-messages.ts";
import type { InspectInput } from "./zip/inspect-archive.ts";
import { refused } from "./zip/refusal.ts";

/** One archive, who waits for its verdict, and who hears of its progress. */
export type RunInput = InspectInput & Pick<VerifyInput, "signal" | "onProgress">;

export type Run = {
  verdict: Inspected;
  /** Whether the worker waits for the next archive; otherwise it is stuck, gone or in an unknown state. */
  isReusable: boolean;
};

/** One archive through one worker. Resolves with a verdict whatever the worker does, or when it is silent for `stallMs`. */
export function runInWorker(worker: Worker, input: RunInput, stallMs: number): Promise<Run> {
  const { signal, onProgress, ...inspect } = input;
  const entries: ArchiveEntry[] = [];
  const say = (message: ToWorker) => worker.postMessage(message);

  return new Promise((resolve) => {
    const give = (run: Run) => {
      clearTimeout(stall);
      signal.removeEventListener("abort", onAbort);
      worker.off("message", onMessage).off("error", onError).off("exit", onExit);
      resolve(run);
    };
    const giveUp = (fault: ArchiveFault, detail: string) =>
      give({ verdict: refused(fault, detail), isReusable: false });
    const onAbort = () => giveUp("aborted", "Nobody waits for this verdict any more");
    const onError = (error: unknown) => giveUp("crashed", String(error));
    const onExit = (code: number) => giveUp("crashed", `The worker exited with ${code}`);
    const stall = setTimeout(() => giveUp("stalled", `Silent for ${stallMs} ms`), stallMs);

    const onMessage = (message: FromWorker) => {
      stall.refresh();
      switch (message.type) {
        case "work":
          return onProgress?.({ bytes: message.bytesRead, total: input.bytes });
        case "entries":
          for (const entry of message.entries) entries.push(entry);
          return say({ type: "more" });
        case "verdict":
          return give({ verdict: withEntries(message.verdict, entries), isReusable: true });
      }
    };

    worker.on("message", onMessage).on("error", onError).on("exit", onExit);
    signal.addEventListener("abort", onAbort);
    if (signal.aborted) return onAbort();
    say({ type: "inspect", input: inspect });
  });
}

function withEntries(verdict: Inspected, entries: ArchiveEntry[]): Inspected {
  return verdict.ok ? { ...verdict, entries } : verdict;
}
