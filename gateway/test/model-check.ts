import type { AgentId } from "@modfleet/protocol";
import { type JobEvent, advance as realAdvance, type Step } from "../src/domain/advance.ts";
import type { Job } from "../src/domain/job.ts";
import { Explorer, type Move, type Report } from "./explorer.ts";
import { AGENT_A, AGENT_B, aQueuedJob, aResult } from "./jobs.ts";

/** What can be taken away to see whether the check notices. */
export type Mutation = "none" | "no_fence" | "settled_once" | "no_journal" | "revocation_forgets";

/** Far beyond every lease and deadline: whatever may run out has run out. Time itself is abstracted away. */
const LATE = 1e15;
const ENDED = new Set(["done", "failed", "cancelled"]);
const AGENTS = [AGENT_A, AGENT_B] as const;
type Who = 0 | 1;
type Kind = "offer" | "finished" | "failed" | "resume" | "settled" | "lost";
type Phase = "idle" | "running" | "finished" | "settled" | "lost";

/**
 * One job, two agents, and a network that may deliver any message any number of times, in any order, or never: messages
 * are a set that only grows. Leases run out at any moment, agents crash, the first agent may be revoked.
 */
type World = {
  job: Job;
  /** The result on record, for the repeated `settled`. */
  record: { epoch: number; who: Who } | null;
  agents: readonly [Seat, Seat];
  messages: ReadonlySet<string>;
  isRevoked: boolean;
  /** `epoch who` of every run that started. */
  runs: ReadonlySet<string>;
};
type Seat = { phase: Phase; epoch: number };

const message = (kind: Kind, who: Who, epoch: number): string => `${kind} ${who} ${epoch}`;
const plus = <T>(set: ReadonlySet<T>, value: T): ReadonlySet<T> => (set.has(value) ? set : new Set(set).add(value));
const holder = (job: Job): Who | null =>
  job.state === "leased" ? whoIs(job.lease.agent) : job.state === "verifying" ? whoIs(job.result.agent) : null;
const whoIs = (agent: AgentId): Who => (agent === AGENT_A ? 0 : 1);

function keyOf({ job, record, agents, messages, isRevoked, runs }: World): string {
  const seats = agents.map(({ phase, epoch }) => `${phase}${epoch}`).join();
  const said = [...messages].sort().join();
  return [
    job.state,
    job.epoch,
    holder(job),
    record?.epoch,
    record?.who,
    seats,
    said,
    isRevoked,
    [...runs].sort().join(),
  ].join("|");
}

/** Explores every reachable state and reports the shortest way to each violation. */
export function modelCheck({ epochsMax, mutation = "none" }: { epochsMax: number; mutation?: Mutation }): Report {
  const advance = mutation === "no_fence" ? unfenced : (job: Job, event: JobEvent) => realAdvance(job, event, LATE);
  const explorer = new Explorer<World>({ keyOf, isEnd: ({ job }) => ENDED.has(job.state) });
  explorer.add({
    job: aQueuedJob(),
    record: null,
    agents: [seat(), seat()],
    messages: new Set(),
    isRevoked: false,
    runs: new Set(),
  });
  const rules = new Rules(advance, mutation, epochsMax, (name) => explorer.violated(name));
  return explorer.run((world) => rules.moves(world), mutation !== "none");
}

const seat = (): Seat => ({ phase: "idle", epoch: 0 });

/** The fence taken away: every word is believed to come from the holder about the current try. */
function unfenced(job: Job, event: JobEvent): Step {
  if (job.state !== "leased") return realAdvance(job, event, LATE);
  const who = { agent: job.lease.agent, epoch: job.epoch };
  if (event.type === "finished") return realAdvance(job, { ...event, result: { ...event.result, ...who } }, LATE);
  return realAdvance(job, "epoch" in event ? { ...event, ...who } : event, LATE);
}

class Rules {
  readonly #advance: (job: Job, event: JobEvent) => Step;
  readonly #mutation: Mutation;
  readonly #epochsMax: number;
  readonly #violated: (name: string) => void;

  constructor(
    advance: (job: Job, event: JobEvent) => Step,
    mutation: Mutation,
    epochsMax: number,
    violated: (name: string) => void,
  ) {
    this.#advance = advance;
    this.#mutation = mutation;
    this.#epochsMax = epochsMax;
    this.#violated = violated;
  }

  moves(world: World): Move<World>[] {
    return [
      ...this.#gateway(world),
      ...[...world.messages].flatMap((text) => this.#deliver(world, text)),
      ...this.#agent(world, 0),
      ...this.#agent(world, 1),
    ];
  }

  #gateway(world: World): Move<World>[] {
    const { job } = world;
    const moves: Move<World>[] = [];
    const apply = (name: string, event: JobEvent, change: Partial<World> = {}): void => {
      const step = this.#advance(job, event);
      if (step.ok) moves.push({ name, world: { ...world, ...change, job: step.job } });
    };
    if (job.state === "queued" && job.epoch < this.#epochsMax) {
      for (const who of [0, 1] as const) {
        if (who === 0 && world.isRevoked) continue;
        const offer = message("offer", who, job.epoch + 1);
        apply(
          `claim ${who}`,
          { type: "claimed", agent: AGENTS[who], network: `net ${who}` },
          { messages: plus(world.messages, offer) },
        );
      }
    }
    if (job.state === "queued" && job.epoch >= this.#epochsMax) apply("give up", { type: "cancelled" });
    if (job.state === "leased") apply("lease runs out", { type: "lease_ran_out" });
    if (job.state === "verifying") {
      apply("verified", { type: "verified", version: job.version });
      apply(
        "rejected",
        { type: "rejected", failure: { code: "hash_mismatch", detail: "" }, random: 0 },
        { record: null },
      );
    }
    if (job.state === "queued" || job.state === "leased") apply("cancel", { type: "cancelled" });
    if (!world.isRevoked) moves.push({ name: "revoke 0", world: this.#revoked(world) });
    return moves;
  }

  #revoked(world: World): World {
    const after = { ...world, isRevoked: true };
    if (this.#mutation === "revocation_forgets") return after;
    const step = this.#advance(world.job, { type: "agent_revoked", agent: AGENT_A });
    return step.ok ? { ...after, job: step.job, record: world.job.state === "verifying" ? null : world.record } : after;
  }

  #deliver(world: World, text: string): Move<World>[] {
    const [kind, who, epoch] = text.split(" ");
    const from = { who: Number(who) as Who, epoch: Number(epoch) };
    const next = this.#handle(world, kind as Kind, from);
    return next === null ? [] : [{ name: `deliver ${text}`, world: next }];
  }

  #handle(world: World, kind: Kind, from: { who: Who; epoch: number }): World | null {
    switch (kind) {
      case "offer":
        return this.#hearOffer(world, from);
      case "finished":
        return this.#hearFinished(world, from);
      case "failed":
        return this.#hearFailed(world, from);
      case "resume":
        return this.#hearResume(world, from);
      case "settled":
        return hearEnd(world, from, "settled");
      case "lost":
        return this.#hearLost(world, from);
    }
  }

  #hearOffer(world: World, { who, epoch }: { who: Who; epoch: number }): World | null {
    const { phase, epoch: known } = world.agents[who];
    const forgets = this.#mutation === "no_journal";
    const isNew = forgets
      ? phase === "idle" || phase === "settled" || phase === "lost" || epoch > known
      : epoch > known;
    if (!isNew) return null;
    const run = `${epoch} ${who}`;
    if (world.runs.has(run)) this.#violated("one agent ran the same try twice");
    return { ...withSeat(world, who, { phase: "running", epoch }), runs: plus(world.runs, run) };
  }

  #hearFinished(world: World, { who, epoch }: { who: Who; epoch: number }): World {
    const { job } = world;
    const step = this.#advance(job, { type: "finished", result: aResult({ agent: AGENTS[who], epoch }) });
    if (step.ok) {
      if (who === 0 && world.isRevoked) this.#violated("a revoked agent's result was accepted");
      if (holder(job) !== who) this.#violated("a result was accepted from somebody else than the holder");
      if (job.epoch !== epoch) this.#violated("a result of an old try was accepted");
      return { ...saying(world, message("settled", who, epoch)), job: step.job, record: { epoch, who } };
    }
    const isOnRecord = world.record?.epoch === epoch && world.record.who === who;
    if (isOnRecord && this.#mutation !== "settled_once") return saying(world, message("settled", who, epoch));
    return saying(world, message("lost", who, epoch));
  }

  #hearFailed(world: World, { who, epoch }: { who: Who; epoch: number }): World | null {
    const failure = { code: "draining", detail: "" } as const;
    const step = this.#advance(world.job, {
      type: "failed",
      agent: AGENTS[who],
      epoch,
      network: "",
      failure,
      confirmed: false,
      random: 0,
    });
    if (!step.ok) return null;
    if (holder(world.job) !== who || world.job.epoch !== epoch)
      this.#violated("an old failure took somebody else's lease");
    return { ...world, job: step.job };
  }

  #hearResume(world: World, { who, epoch }: { who: Who; epoch: number }): World | null {
    if (world.job.state === "leased" && world.job.epoch === epoch && holder(world.job) === who) return null;
    const isOnRecord = world.record?.epoch === epoch && world.record.who === who;
    return saying(world, message(isOnRecord ? "settled" : "lost", who, epoch));
  }

  #hearLost(world: World, from: { who: Who; epoch: number }): World | null {
    const next = hearEnd(world, from, "lost");
    const isOnRecord = world.record?.epoch === from.epoch && world.record.who === from.who;
    if (next !== null && isOnRecord) this.#violated("an agent was told lost although its result was accepted");
    return next;
  }

  #agent(world: World, who: Who): Move<World>[] {
    const { phase, epoch } = world.agents[who];
    if (phase !== "running" && phase !== "finished") return [];
    const kept = this.#mutation === "no_journal" ? 0 : epoch;
    const crashed = { name: `crash ${who}`, world: withSeat(world, who, { phase: "idle", epoch: kept }) };
    const reconnected = { name: `reconnect ${who}`, world: saying(world, message("resume", who, epoch)) };
    if (phase === "finished") return [crashed, reconnected];
    const finished = withSeat(saying(world, message("finished", who, epoch)), who, { phase: "finished", epoch });
    const failed = withSeat(saying(world, message("failed", who, epoch)), who, { phase: "idle", epoch });
    return [crashed, reconnected, { name: `finish ${who}`, world: finished }, { name: `fail ${who}`, world: failed }];
  }
}

function hearEnd(world: World, { who, epoch }: { who: Who; epoch: number }, phase: "settled" | "lost"): World | null {
  const now = world.agents[who];
  const isWaiting = now.phase === "finished" || (phase === "lost" && now.phase === "running");
  return isWaiting && now.epoch === epoch ? withSeat(world, who, { phase, epoch }) : null;
}

function withSeat(world: World, who: Who, seat: Seat): World {
  return { ...world, agents: who === 0 ? [seat, world.agents[1]] : [world.agents[0], seat] };
}

const saying = (world: World, text: string): World => ({ ...world, messages: plus(world.messages, text) });
