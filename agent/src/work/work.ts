import type { AgentMessage, GatewayMessage, Welcome } from "@modfleet/protocol";
import { createClosedLog } from "./closed-log.ts";
import { createPerformer, type EffectOptions } from "./effects.ts";
import { initialState } from "./initial-state.ts";
import type { Remembered } from "./journal.ts";
import type { OwnLimits } from "./limits.ts";
import { type Introduction, introductionOf, snapshotOf, type WorkSnapshot } from "./snapshot.ts";
import type { Moment, WorkEvent } from "./state.ts";
import { isDrained, step } from "./step.ts";

export type WorkOptions = EffectOptions & {
  slots: number;
  limits: OwnLimits;
  remembered: Remembered;
  /** Free bytes of the disk that holds the data. */
  freeBytes: () => number;
};

/** The agent's work without its socket: words go out through `say` and come in through `hear`. */
export interface Work {
  introduce(): Introduction;
  /** A session began; until `gone` words go out through `say`. */
  welcomed(welcome: Welcome, say: (message: AgentMessage) => void): void;
  hear(message: GatewayMessage): void;
  /** Time to renew all leases. */
  beat(): void;
  gone(): void;
  /** Takes nothing more and hands back what is not done in time. A later call can only shorten the time. */
  drain(withinMs: number): void;
  /** Settles once a drain is over: nothing runs, and nothing waits for an answer that could still come. */
  readonly drained: Promise<void>;
  snapshot(): WorkSnapshot;
  /** Stops everything without a word; settles when every process of it has ended. The journal knows where to go on. */
  close(): Promise<void>;
}

/** Between heartbeats, news of a running job is told at most so often: somebody may be watching it. */
const NEWS_EVERY_MS = 2_000;

/** The pure core with a clock, a timer for its drain, and somebody who carries out what it decides. */
export function createWork(options: WorkOptions): Work {
  const drained = Promise.withResolvers<void>();
  let state = initialState({ ...options, engines: options.engines.map(({ kind }) => kind) });
  let say: (message: AgentMessage) => void = () => {};
  let drainTimer: NodeJS.Timeout | undefined;
  let isClosed = false;
  let saidAt = Number.NEGATIVE_INFINITY;
  const performer = createPerformer(options, { say: (message) => say(message), dispatch });

  const noteClosed = createClosedLog(options);

  function dispatch(event: WorkEvent): void {
    if (isClosed) return;
    const before = state.drainUntil;
    const at = momentOf(options);
    const stepped = step(state, event, at);
    state = stepped.state;
    noteClosed(at);
    for (const effect of stepped.effects) if (!performer.perform(effect)) break;
    if (state.drainUntil !== before) armDrain();
    if (state.drainUntil !== null && isDrained(state)) drained.resolve();
    if (event.type === "beat") saidAt = options.now();
    if (isNews(event)) dispatch({ type: "beat" });
  }

  /** The next stage is news at once, more bytes only after a while. */
  function isNews({ type }: WorkEvent): boolean {
    return type === "advanced" || (type === "progressed" && options.now() - saidAt >= NEWS_EVERY_MS);
  }

  function armDrain(): void {
    clearTimeout(drainTimer);
    const waitMs = Math.max(0, (state.drainUntil ?? 0) - options.now());
    drainTimer = setTimeout(() => dispatch({ type: "drain_over" }), waitMs);
  }

  return {
    introduce: () => introductionOf(state, momentOf(options)),
    welcomed: (welcome, speak) => {
      say = speak;
      dispatch({ type: "welcomed", welcome });
    },
    hear: (message) => dispatch({ type: "heard", message }),
    beat: () => dispatch({ type: "beat" }),
    gone: () => dispatch({ type: "gone" }),
    drain: (withinMs) => dispatch({ type: "drain", withinMs }),
    drained: drained.promise,
    snapshot: () => snapshotOf(state, momentOf(options)),
    close: () => {
      isClosed = true;
      clearTimeout(drainTimer);
      return performer.stopAll();
    },
  };
}

function momentOf({ now, freeBytes, month }: WorkOptions): Moment {
  const at = now();
  return { now: at, freeBytes: freeBytes(), monthBytes: month.bytes(at), hour: new Date(at).getHours() };
}
