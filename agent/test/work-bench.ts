import type { AgentMessage, GatewayMessage, JobRef, Offer, Welcome } from "@modfleet/protocol";
import type { Held } from "../src/work/held.ts";
import { initialState } from "../src/work/initial-state.ts";
import type { Remembered } from "../src/work/journal.ts";
import type { OwnLimits } from "../src/work/limits.ts";
import type { Effect, Moment, WorkEvent, WorkState } from "../src/work/state.ts";
import { step } from "../src/work/step.ts";
import { NO_LIMITS, PACKED } from "./harness.ts";

export const WELCOME: Welcome = {
  type: "welcome",
  session: "ses_00000000000000000001",
  protocol: 1,
  heartbeatMs: 15_000,
  leaseMs: 90_000,
  keep: [],
  lost: [],
  policy: { slots: 16, steamRuns: { burst: 30, everyMs: 10_000 }, itemsPerRun: 20 },
};

const NOTHING: Remembered = { held: [], seen: new Map() };

type Given = { slots?: number; limits?: OwnLimits; remembered?: Remembered; at?: Partial<Moment> };

/** The pure core with a clock in the test's hand: events in, words and deeds out. */
export class WorkBench {
  state: WorkState;
  at: Moment;
  effects: Effect[] = [];

  constructor({ slots = 2, limits = NO_LIMITS, remembered = NOTHING, at = {} }: Given = {}) {
    this.at = { now: 1_000_000, freeBytes: 1e12, monthBytes: 0, hour: 12, ...at };
    this.state = initialState({ slots, engines: ["workshop"], limits, remembered });
  }

  /** What this one event led to. */
  on(event: WorkEvent): Effect[] {
    const stepped = step(this.state, event, this.at);
    this.state = stepped.state;
    this.effects.push(...stepped.effects);
    return [...stepped.effects];
  }

  hear(message: GatewayMessage): Effect[] {
    return this.on({ type: "heard", message });
  }

  welcome(given: Partial<Welcome> = {}): Effect[] {
    return this.on({ type: "welcomed", welcome: { ...WELCOME, ...given } });
  }

  tick(ms: number): void {
    this.at = { ...this.at, now: this.at.now + ms };
  }
}

/** The words among `effects`. */
export function saidIn(effects: readonly Effect[]): AgentMessage[] {
  return effects.flatMap((effect) => (effect.do === "say" ? [effect.message] : []));
}

export const doneIn = (effects: readonly Effect[]): Effect["do"][] => effects.map((effect) => effect.do);

export const refOf = ({ job, epoch }: JobRef): JobRef => ({ job, epoch });

const { kind: _, entries: __, ...packed } = PACKED;

export function aHeld(ref: JobRef, given: Partial<Extract<Held, { stage: "downloading" }>> = {}): Held {
  return {
    ...refOf(ref),
    stage: "downloading",
    source: { kind: "workshop", app: 294100, item: "2009463077" },
    maxBytes: 1_000_000,
    expectedBytes: null,
    deadlineAt: 1_600_000,
    token: "token",
    ...given,
  };
}

export function aFinished(ref: JobRef): Extract<Held, { stage: "finished" }> {
  const fetched = { tool: "fake 1", manifest: "42" };
  return { ...aHeld(ref), stage: "finished", fetched, packed, upload: "upl_00000000000000000001" };
}

export function aFailed(
  ref: JobRef,
  code: "draining" | "steam_timeout" | "item_removed",
): Extract<Held, { stage: "failed" }> {
  return { ...aHeld(ref), stage: "failed", failure: { code, detail: "" } };
}

/** An agent that runs `offer`. */
export function running(offer: Offer): WorkBench {
  const bench = new WorkBench();
  bench.welcome();
  bench.hear(offer);
  return bench;
}

/** An agent that delivered `offer` and waits for its answer. */
export function reporting(offer: Offer): WorkBench {
  const bench = running(offer);
  bench.on({ type: "reported", held: aFinished(offer) });
  return bench;
}
