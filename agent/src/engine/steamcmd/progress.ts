import { setTimeout as sleep } from "node:timers/promises";
import type { FetchRequest } from "../engine.ts";
import type { SteamcmdLimits } from "../options.ts";
import { folderSize } from "./folder-size.ts";
import type { Stop } from "./run-tool.ts";
import { workshopPaths } from "./workshop-paths.ts";

/** Bytes of the item on this disk: partial ones in `downloads/`, complete files in `content/`. */
export type Downloaded = { bytes: number; largest: number };

/** Measures both folders of one install dir. While files move from one to the other, `largest` counts none of them twice. */
export async function measureDownload(installDir: string): Promise<Downloaded> {
  const { downloads, contents } = workshopPaths(installDir);
  const [partial, complete] = await Promise.all([folderSize(downloads), folderSize(contents)]);
  return { bytes: partial.bytes + complete.bytes, largest: Math.max(partial.bytes, complete.bytes) };
}

export type WatchOptions = {
  installDir: string;
  request: Pick<FetchRequest, "maxBytes" | "expectedBytes" | "onProgress">;
  limits: Pick<SteamcmdLimits, "pollMs" | "stallMs">;
  now: () => number;
  /** Called at most once. */
  stop: (why: Stop) => void;
  /** Ends the watch. */
  signal: AbortSignal;
};

/**
 * Reports the growth of a download until `signal` aborts, and asks for its end when it passes `maxBytes` or does not grow for
 * `stallMs`. SteamCMD prints no percentage for items and its output is block-buffered, so the disk is the only sign of life.
 */
export async function watchDownload({ installDir, request, limits, now, stop, signal }: WatchOptions): Promise<void> {
  let known: Downloaded = { bytes: -1, largest: 0 };
  let changedAt = now();
  while (!signal.aborted) {
    const began = now();
    // A folder that cannot be read for a moment is no news; if it stays so, the watch ends the run as stalled.
    const { bytes, largest } = await measureDownload(installDir).catch(() => known);
    if (signal.aborted) return;
    if (bytes !== known.bytes) {
      changedAt = now();
      known = { bytes, largest };
      request.onProgress({ bytes, total: totalOf(request.expectedBytes, bytes) });
    }
    if (largest > request.maxBytes) return stop("too_large");
    if (now() - changedAt >= limits.stallMs) return stop("stalled");
    // A tree of a hundred thousand files is measured less often, so that watching stays below a tenth of a core.
    await pause(Math.max(limits.pollMs, (now() - began) * 10), signal);
  }
}

/** The expectation may be too low, because Steam's size is sometimes the compressed one. */
function totalOf(expectedBytes: number | null, bytes: number): number | null {
  return expectedBytes === null ? null : Math.max(expectedBytes, bytes);
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  // An abort ends the pause; the loop's condition then ends the watch.
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
