import { setTimeout as delay } from "node:timers/promises";
import type { ModId } from "@modfleet/protocol";
import type { Counters, Deps } from "../deps.ts";
import { type Count, type Duration, hourOf } from "../domain/statistics.ts";
import type { CountBatch } from "../store/statistics.ts";

type CountDeps = Pick<Deps, "log" | "now"> & {
  statistics: Pick<Deps["statistics"], "add">;
  /** Names this process among all that count into one database. */
  writer: string;
};

const FLUSH_EVERY_MS = 1_000;
/** Beyond this a batch is stored before its second is over: one statement stays small. */
const DURATIONS_MAX = 1_000;
/** At least so many of the newest are kept while nothing can be stored. Counts grow with names only and need no bound. */
const DURATIONS_KEPT = 25_000;
/** At the end nobody will try again. */
const LAST_TRIES = 5;
const LAST_TRY_AFTER_MS = 200;

type Waiting = {
  hours: Map<string, Count>;
  sent: Map<ModId, { count: number; at: number }>;
  durations: Duration[];
};

/** Counters with their own timer. A crash loses at most the last second's counts, never anything else. */
export function createCounters(deps: CountDeps, everyMs = FLUSH_EVERY_MS): Counters {
  const { now, log } = deps;
  let waiting = nothing();
  const outbox = createOutbox(deps, () => {
    if (isNothing(waiting)) return null;
    const { hours, ...rest } = waiting;
    waiting = nothing();
    return { hours: [...hours.values()], ...rest };
  });
  const flush = oneAtATime(outbox.send);
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
      const { durations } = waiting;
      durations.push({ kind, at: startedAt, ms: Math.max(0, now() - startedAt) });
      if (durations.length >= DURATIONS_MAX && !outbox.isHolding()) void flush();
      if (durations.length >= 2 * DURATIONS_KEPT) durations.splice(0, DURATIONS_KEPT);
    },
    flush,
    settled: async () => {
      if (waiting.sent.size > 0 || outbox.isHolding()) await flush();
    },
    async close() {
      clearInterval(timer);
      await flush();
      for (let tries = 1; outbox.isHolding() && tries < LAST_TRIES; tries += 1) {
        await delay(LAST_TRY_AFTER_MS);
        await flush();
      }
      if (outbox.isHolding()) log.error("Could not store the last counts, they are lost");
    },
  };
}

type Outbox = {
  /** Stores what waits now. What comes meanwhile is left for the next time, or this would never end. */
  send(): Promise<void>;
  /** Whether a batch is on its way, or has to go again. */
  isHolding(): boolean;
};

/** Numbers batches and stores them in order. `take` gives what waits, or null. */
function createOutbox(
  { statistics, writer, now, log }: CountDeps,
  take: () => Omit<CountBatch, "writer" | "batch" | "at"> | null,
): Outbox {
  /** Also one whose storing failed: it goes again as it is, because it may have been stored all the same. */
  let held: CountBatch | null = null;
  let batches = 0;
  let failures = 0;

  const store = async (batch: CountBatch): Promise<void> => {
    held = batch;
    try {
      await statistics.add(batch);
      held = null;
      if (failures > 0) log.info("Stored counts again", { failures });
      failures = 0;
    } catch (cause) {
      failures += 1;
      if (failures === 1) log.warn("Could not store counts, trying again until it works", { cause });
    }
  };
  return {
    isHolding: () => held !== null,
    async send() {
      if (held !== null) await store(held);
      if (held !== null) return;
      const counted = take();
      if (counted === null) return;
      batches += 1;
      await store({ writer, batch: batches, at: now(), ...counted });
    },
  };
}

/** Whoever calls while it runs shares one more run with all others who do: what they counted is in that one. */
function oneAtATime(run: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null;
  let next: Promise<void> | null = null;
  const begin = (): Promise<void> => {
    running = run().finally(() => {
      running = null;
    });
    return running;
  };
  return () => {
    if (next !== null) return next;
    if (running === null) return begin();
    next = running.then(() => {
      next = null;
      return begin();
    });
    return next;
  };
}

function nothing(): Waiting {
  return { hours: new Map(), sent: new Map(), durations: [] };
}

function isNothing({ hours, sent, durations }: Waiting): boolean {
  return hours.size === 0 && sent.size === 0 && durations.length === 0;
}
