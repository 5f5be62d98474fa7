import type { ModId } from "@modfleet/protocol";
import type { Deps } from "../deps.ts";

/** Counts downloads without a write per read: what was added within a second is stored in one batch. */
export interface DownloadCounter {
  add(mod: ModId): void;
  /** Stores everything added so far. Never throws; what could not be stored is tried again with the next flush. */
  flush(): Promise<void>;
  /** Stops the clock and flushes. */
  close(): Promise<void>;
}

type CountDeps = Pick<Deps, "log"> & { catalogue: Pick<Deps["catalogue"], "countDownloads"> };

const FLUSH_EVERY_MS = 1_000;

/** A counter with its own timer. A crash loses at most the last second's counts, never an archive. */
export function createDownloadCounter({ catalogue, log }: CountDeps, everyMs = FLUSH_EVERY_MS): DownloadCounter {
  let waiting = new Map<ModId, number>();
  let flushing = Promise.resolve();

  const store = async () => {
    if (waiting.size === 0) return;
    const increments = waiting;
    waiting = new Map();
    try {
      await catalogue.countDownloads(increments);
    } catch (error) {
      log.warn("Could not count downloads, trying again", { error, mods: increments.size });
      for (const [mod, count] of increments) waiting.set(mod, (waiting.get(mod) ?? 0) + count);
    }
  };
  const flush = () => {
    flushing = flushing.then(store);
    return flushing;
  };
  const timer = setInterval(() => void flush(), everyMs);
  timer.unref();

  return {
    add: (mod) => void waiting.set(mod, (waiting.get(mod) ?? 0) + 1),
    flush,
    async close() {
      clearInterval(timer);
      await flush();
    },
  };
}
