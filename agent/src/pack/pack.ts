import { rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { Worker } from "node:worker_threads";
import type { Sha256 } from "@modfleet/protocol";
import { syncFolder } from "../durable-file.ts";
import { type Failed, TargetFailure, toFailed } from "./pack-failure.ts";
import type { PackedTree, PackJob, PackProgress } from "./pack-tree.ts";

export type PackRequest = {
  /** Folder whose content becomes the archive. */
  root: string;
  /** Absolute path of the zip; written beside it and renamed when complete. */
  target: string;
  maxBytes: number;
  onProgress: (progress: { bytes: number; total: number }) => void;
  signal: AbortSignal;
};

export type PackOutcome =
  | { kind: "packed"; bytes: number; sha256: Sha256; tree: Sha256; entries: number }
  | ({ kind: "failed" } & Failed)
  | { kind: "cancelled" };

/** What the thread of a job says; exactly one message that is not `progress`, and that one last. */
export type WorkerMessage =
  | { type: "progress"; progress: PackProgress }
  | { type: "packed"; packed: PackedTree }
  | ({ type: "failed" } & Failed);

const WORKER = new URL("./pack-worker.ts", import.meta.url);

/** Low limits make V8 collect early: by its own measure 70,000 files took 60 MB more. A million files fit. */
const LIMITS_OF_WORKER = { maxYoungGenerationSizeMb: 8, maxOldGenerationSizeMb: 1024 };

/** Where an archive grows before it gets its name. After `kill -9` it may be left behind; the next try writes over it. */
export const partialPath = (target: string): string => `${target}.partial`;

/**
 * Packs a folder in a thread of its own (DESIGN section 8): same content, same bytes; memory is bounded whatever the size. `target`
 * exists if and only if the outcome is `packed`, and is durable then. Never throws for what a disk, the content or the thread does.
 */
export async function packFolder(request: PackRequest, worker: URL = WORKER): Promise<PackOutcome> {
  if (request.signal.aborted) return { kind: "cancelled" };
  const partial = partialPath(request.target);
  try {
    const outcome = await runWorker({ root: request.root, partial, maxBytes: request.maxBytes }, request, worker);
    if (outcome.kind !== "packed") return outcome;
    if (request.signal.aborted) return { kind: "cancelled" };
    await publish(partial, request.target);
    return outcome;
  } catch (error) {
    return { kind: "failed", ...toFailed(error) };
  } finally {
    await removeLeftover(partial);
  }
}

/** Settles only when the thread is gone, so that nothing writes to the partial file any more. */
function runWorker(job: PackJob, { onProgress, signal }: PackRequest, url: URL): Promise<PackOutcome> {
  return new Promise((resolve) => {
    let outcome: PackOutcome | null = null;
    const worker = new Worker(url, { workerData: job, name: "pack", resourceLimits: LIMITS_OF_WORKER });
    const stop = (): void => {
      outcome = { kind: "cancelled" };
      // "exit" below tells when it is gone.
      void worker.terminate();
    };
    signal.addEventListener("abort", stop, { once: true });
    worker.on("message", (message: WorkerMessage) => {
      if (signal.aborted) return;
      if (message.type === "progress") onProgress(message.progress);
      else outcome = toOutcome(message);
    });
    worker.on("error", (error) => {
      outcome ??= { kind: "failed", failure: { code: "internal", detail: `The packing thread died: ${error}` } };
    });
    worker.on("exit", (code) => {
      signal.removeEventListener("abort", stop);
      resolve(
        outcome ?? { kind: "failed", failure: { code: "internal", detail: `The packing thread ended with ${code}` } },
      );
    });
  });
}

function toOutcome(message: Exclude<WorkerMessage, { type: "progress" }>): PackOutcome {
  if (message.type === "packed") return { kind: "packed", ...message.packed };
  const { type: kind, ...failed } = message;
  return { kind, ...failed };
}

async function publish(partial: string, target: string): Promise<void> {
  try {
    await rename(partial, target);
    await syncFolder(dirname(target));
  } catch (cause) {
    throw new TargetFailure(target, cause);
  }
}

/** After a rename there is none. One that cannot be removed is written over by the next try and swept with its folder. */
async function removeLeftover(partial: string): Promise<void> {
  await rm(partial, { force: true }).catch(() => "swept later");
}
