import fc from "fast-check";
import { expect, test } from "vitest";
import { anOffer } from "../../test/harness.ts";
import { aFailed, aFinished, aHeld, refOf, WorkBench } from "../../test/work-bench.ts";
import type { Held } from "./held.ts";
import type { Effect } from "./state.ts";

const JOBS = ["job_00000000000000000001", "job_00000000000000000002", "job_00000000000000000003"] as const;
const SLOTS = 2;

const ref = fc.record({ job: fc.constantFrom(...JOBS), epoch: fc.integer({ min: 1, max: 4 }) });

/** What a hostile network, a gateway and the agent's own tools can do, in any order and any number of times. */
const action = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant("offer" as const), ref }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom("settled", "lost", "cancel", "revoke"), ref }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom("finish", "fail", "end"), pick: fc.nat(SLOTS) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("beat", "cut", "welcome", "crash") }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("drain", "drain_over") }) },
);
type Action = typeof action extends fc.Arbitrary<infer Value> ? Value : never;

/** A world around the core that remembers what a disk would, and what really runs. */
class World {
  bench = new WorkBench({ slots: SLOTS });
  journal = new Map<string, Held>();
  seen = new Map<string, number>();
  /** Runners that were started and have not ended, with their slots. */
  live = new Map<string, { held: Held; slot: number }>();
  /** How often each (job, epoch) was accepted. */
  accepted = new Map<string, number>();
  startedInThisLife = new Map<string, number>();

  perform(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.do === "record") this.#record(effect.held);
      if (effect.do === "forget") this.#forget(effect.ref);
      if (effect.do === "start") this.#start(effect.held, effect.slot);
      if (effect.do === "say" && effect.message.type === "accept") count(this.accepted, keyOf(effect.message));
      if (effect.do === "stop") expect(this.live.has(keyOf(effect.ref))).toBe(true);
    }
  }

  crash(): void {
    this.live.clear();
    this.startedInThisLife.clear();
    const remembered = { held: [...this.journal.values()], seen: new Map(this.seen) };
    this.bench = new WorkBench({ slots: SLOTS, remembered });
  }

  #record(held: Held): void {
    this.journal.set(held.job, held);
    this.seen.set(held.job, Math.max(held.epoch, this.seen.get(held.job) ?? 0));
  }

  #forget({ job, epoch }: { job: string; epoch: number }): void {
    if (this.journal.get(job)?.epoch === epoch) this.journal.delete(job);
  }

  #start(held: Held, slot: number): void {
    count(this.startedInThisLife, keyOf(held));
    expect([...this.live.values()].map((run) => run.slot)).not.toContain(slot);
    expect(this.journal.get(held.job)).toMatchObject(refOf(held));
    this.live.set(keyOf(held), { held, slot });
  }
}

const keyOf = ({ job, epoch }: { job: string; epoch: number }): string => `${job} ${epoch}`;
const count = (counts: Map<string, number>, key: string): void => void counts.set(key, (counts.get(key) ?? 0) + 1);

/** What the core makes of one action. */
function act(world: World, given: Action): Effect[] {
  if ("pick" in given) return endOne(world, given);
  const { bench } = world;
  switch (given.do) {
    case "offer":
      return bench.hear(anOffer({ ...given.ref }));
    case "settled":
    case "cancel":
      return bench.hear({ type: given.do, ...given.ref });
    case "lost":
      return bench.hear({ type: "lost", ...given.ref, why: "stale" });
    case "revoke":
      return bench.hear({ type: "beaten", revoked: [given.ref] });
    case "beat":
      bench.tick(15_000);
      return bench.on({ type: "beat" });
    case "cut":
      return bench.on({ type: "gone" });
    case "welcome":
      return bench.welcome();
    case "crash":
      world.crash();
      return [];
    case "drain":
      return bench.on({ type: "drain", withinMs: 10_000 });
    case "drain_over":
      return bench.on({ type: "drain_over" });
  }
  return [];
}

function endOne(world: World, { do: how, pick }: { do: string; pick: number }): Effect[] {
  const [key, run] = [...world.live][pick] ?? [];
  if (key === undefined || run === undefined) return [];
  world.live.delete(key);
  const ended = { type: "ended", ref: refOf(run.held) } as const;
  const finished = { type: "reported", held: aFinished(run.held) } as const;
  const failed = { type: "reported", held: aFailed(run.held, "steam_timeout") } as const;
  return world.bench.on(how === "end" ? ended : how === "finish" ? finished : failed);
}

const property = fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
  const world = new World();
  world.perform(world.bench.welcome());
  for (const each of actions) {
    world.perform(act(world, each));
    expect(world.live.size).toBeLessThanOrEqual(SLOTS);
    expect(world.bench.state.runs.length).toBeLessThanOrEqual(SLOTS);
  }
  expect(Math.max(0, ...world.accepted.values())).toBeLessThanOrEqual(1);
  expect(Math.max(0, ...world.startedInThisLife.values())).toBeLessThanOrEqual(1);
});

test("step() never accepts one (job, epoch) twice and never runs more than its slots, whatever arrives", () => {
  fc.assert(property, { numRuns: 400 });
});

test("step() would run a job again after a crash without the journal's epochs", () => {
  const forgetful = new WorkBench();
  const offer = anOffer();
  forgetful.welcome();
  forgetful.hear(offer);
  forgetful.hear({ type: "cancel", ...refOf(offer) });

  const restarted = new WorkBench({ remembered: { held: [aHeld(offer)].slice(1), seen: new Map() } });
  restarted.welcome();

  expect(restarted.hear(offer)).not.toEqual([]);
  expect(new WorkBench({ remembered: { held: [], seen: forgetful.state.seen } }).hear(offer)).toEqual([]);
});
