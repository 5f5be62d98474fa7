import type { AgentMessage, JobRef } from "@modfleet/protocol";
import type { Log } from "../log.ts";
import { type Held, refOf, type Unreported } from "./held.ts";
import type { Journal } from "./journal.ts";
import type { MonthCounter } from "./month.ts";
import { runJob, type Tools } from "./runner.ts";
import type { Effect, WorkEvent } from "./state.ts";

export type EffectOptions = Tools & { journal: Journal; month: MonthCounter; now: () => number; log: Log };

type Hooks = { say: (message: AgentMessage) => void; dispatch: (event: WorkEvent) => void };

/** Carries out what the core decided. */
export interface Performer {
  /** False when what follows in the same step must not happen. */
  perform(effect: Effect): boolean;
  /** Ends every runner; settles when their processes and the removal of folders have ended. */
  stopAll(): Promise<void>;
}

const keyOf = ({ job, epoch }: JobRef): string => `${job}-${epoch}`;

/** Ties the core to journal, folders and runners. What runners tell goes to `dispatch`. */
export function createPerformer(options: EffectOptions, { say, dispatch }: Hooks): Performer {
  const { journal, scratch, month, now, log } = options;
  const runners = new Map<string, { stop: AbortController; done: Promise<void> }>();
  const cleaning = new Set<Promise<void>>();

  /** `runJob` never rejects, so neither does what follows it. */
  function start(held: Unreported, slot: number): void {
    const stop = new AbortController();
    const ref = refOf(held);
    log.info("A job begins", { ...ref, stage: held.stage, slot, source: held.source });
    const done = runJob(held, options, {
      slot,
      signal: stop.signal,
      onProgress: ({ bytes, total }) => dispatch({ type: "progressed", ref, bytes, total }),
      onAdvanced: (next) => dispatch({ type: "advanced", held: next }),
      onMoved: (bytes) => attempt("Could not count the bytes", () => month.add(bytes, now())),
    }).then((outcome) => {
      runners.delete(keyOf(ref));
      log.info("A job ended here", { ...ref, ...summaryOf(outcome) });
      dispatch(outcome === null ? { type: "ended", ref } : { type: "reported", held: outcome });
    });
    runners.set(keyOf(ref), { stop, done });
  }

  /** A volunteer whose agent never works wants to read why. */
  function speak(message: AgentMessage): void {
    if (message.type === "decline") log.info("Declined an offer", { ...refOf(message), reason: message.reason });
    say(message);
  }

  /** A folder that cannot be removed now is swept at the next start. */
  function clean(ref: JobRef, keep: boolean): void {
    const done = scratch
      .clean(ref, keep)
      .catch((cause: unknown) => log.warn("Could not remove a job's folder", { ...ref, cause }))
      .finally(() => cleaning.delete(done));
    cleaning.add(done);
  }

  function attempt(complaint: string, action: () => void): boolean {
    try {
      action();
      return true;
    } catch (cause) {
      log.error(complaint, { cause });
      return false;
    }
  }

  function record({ held, isNew }: Extract<Effect, { do: "record" }>): boolean {
    // Work that runs goes on without its line: a restart would only begin again from an earlier stage.
    if (attempt("Could not write the journal", () => journal.record(held)) || !isNew) return true;
    dispatch({ type: "unrecorded", ref: refOf(held) });
    return false;
  }

  return {
    perform: (effect) => {
      if (effect.do === "record") return record(effect);
      if (effect.do === "say") speak(effect.message);
      if (effect.do === "start") start(effect.held, effect.slot);
      if (effect.do === "stop") runners.get(keyOf(effect.ref))?.stop.abort();
      if (effect.do === "clean") clean(effect.ref, effect.keep);
      if (effect.do === "forget") attempt("Could not write the journal", () => journal.forget(effect.ref));
      return true;
    },
    stopAll: async () => {
      for (const { stop } of runners.values()) stop.abort();
      await Promise.allSettled([...[...runners.values()].map(({ done }) => done), ...cleaning]);
    },
  };
}

function summaryOf(outcome: Held | null): Record<string, unknown> {
  if (outcome === null) return { outcome: "stopped" };
  if (outcome.stage === "failed") return { outcome: outcome.failure.code, detail: outcome.failure.detail };
  return { outcome: "uploaded", bytes: outcome.stage === "finished" ? outcome.packed.bytes : null };
}
