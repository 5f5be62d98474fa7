import type { ModId } from "@modfleet/protocol";
import type { Counters, Deps } from "../deps.ts";
import type { Count, Duration } from "../domain/statistics.ts";
import { type CountBatch, hourOf } from "../store/statistics.ts";

type CountDeps = Pick<Deps, "log" | "now"> & {
  statistics: Pick<Deps["statistics"], "add">;
  /** Names this process among all that count into one database. */
  writer: string;
};

const FLUSH_EVERY_MS = 1_000;
/** Beyond this a batch is stored before its second is over: one statement stays small. */
const DURATIONS_MAX = 1_000;

type Waiting = {
  hours: Map<string, Count>;
  sent: Map<ModId, { count: number; at: number }>;
  durations: Duration[];
};

/** Counters with their own timer. A crash loses at most the last second's counts, never anything else. */
export function createCounters(deps: CountDeps, everyMs = FLUSH_EVERY_MS): Counters {
  const { statistics, writer, now, log } = deps;
  let waiting = nothing();
  /** A batch whose storing failed: it goes again as it is, because it may have been stored all the same. */
  let unsure: CountBatch | null = null;
  let batches = 0;
  let flushing = Promise.resolve();

  const take = (): CountBatch => {
    const { hours, ...rest } = waiting;
    waiting = nothing();
    batches += 1;
    return { writer, batch: batches, at: now(), hours: [...hours.values()], ...rest };
  };
  const store = async (): Promise<void> => {
    while (unsure !== null || !isNothing(waiting)) {
      unsure ??= take();
      try {
        await statistics.add(unsure);
        unsure = null;
      } catch (error) {
        log.warn("Could not store counts, trying again", { error });
        return;
      }
    }
  };
  const flush = (): Promise<void> => {
    flushing = flushing.then(store);
    return flushing;
  };
  const count = (kind: string): void => {
    const startsAt = hourOf(now());
    const key = `${startsAt} ${kind}`;
    const known = waiting.hours.get(key);
    if (known === undefined) waiting.hours.set(key, { kind, startsAt, count: 1 });
    else known.count += 1;
  };
  const timer = setInterval(() => void flush(), everyMs);
  timer.unref();

  return {
    count,
    sent(mod) {
      waiting.sent.set(mod, { count: (waiting.sent.get(mod)?.count ?? 0) + 1, at: now() });
      count("files_sent");
    },
    took(kind, startedAt) {
      waiting.durations.push({ kind, at: startedAt, ms: Math.max(0, now() - startedAt) });
      if (waiting.durations.length >= DURATIONS_MAX) void flush();
    },
    flush,
    settled: async () => {
      if (waiting.sent.size > 0 || unsure !== null) await flush();
    },
    async close() {
      clearInterval(timer);
      await flush();
    },
  };
}

function nothing(): Waiting {
  return { hours: new Map(), sent: new Map(), durations: [] };
}

function isNothing({ hours, sent, durations }: Waiting): boolean {
  return hours.size === 0 && sent.size === 0 && durations.length === 0;
}
