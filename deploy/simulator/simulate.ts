import { type AgentMessage, type FailureReport, type GatewayMessage, type JobId, newId } from "@modfleet/protocol";
import { requestMod } from "../../gateway/src/actions/request-mod.ts";
import type { Job } from "../../gateway/src/domain/job.ts";
import type { SocketListener } from "../../gateway/src/link/socket.ts";
import type { Database } from "../../gateway/src/store/database.ts";
import { createEmbedded } from "../../gateway/src/store/embedded.ts";
import { migrate, readMigrations } from "../../gateway/src/store/migrate.ts";
import { anItem } from "../../gateway/test/items.ts";
import { type Random, seeded } from "./random.ts";
import { SimAgent, type Wire } from "./sim-agent.ts";
import { SimGateway } from "./sim-gateway.ts";
import { VirtualTime } from "./virtual-time.ts";

/** What may go wrong, as probabilities; zero switches a fault off. */
export type Faults = {
  drop: number;
  duplicate: number;
  /** Longest delay of one message in milliseconds: later ones overtake it. */
  delayMs: number;
  agentCrash: number;
  gatewayCrash: number;
  failure: number;
  badArchive: number;
  clockJump: number;
};

export const ALL_FAULTS: Faults = {
  ...{ drop: 0.05, duplicate: 0.1, delayMs: 3_000, agentCrash: 0.008, gatewayCrash: 0.008 },
  ...{ failure: 0.1, badArchive: 0.05, clockJump: 0.003 },
};

export type Outcome = { seed: number; states: Record<string, number>; violations: string[]; virtualMs: number };

const START = 1_700_000_000_000;
const ORIGIN = "http://gateway.test";
const JOBS = 6;
const AGENTS = 3;
const STORM_MS = 3 * 60_000;
/** The real loops look every second; half as often finds the same faults in half the time. */
const TURN_MS = 2_000;
const CALM_MS = 6 * 3_600_000;
const migrations = readMigrations();

/** One world from one seed: a storm of faults, then calm in which every job must come to an end. */
export async function simulate(seed: number, faults: Faults = ALL_FAULTS): Promise<Outcome> {
  const database = createEmbedded({ path: ":memory:" });
  try {
    await migrate(database, await migrations);
    const world = new World(seed, faults, watched(database));
    return await world.run();
  } finally {
    await database.close();
  }
}

/** Counts what is under way, so that virtual time stands still until the database has answered. */
function watched(database: Database): Database & { busy(): number } {
  let busy = 0;
  const counted = async <T>(work: Promise<T>): Promise<T> => {
    busy += 1;
    return await work.finally(() => {
      busy -= 1;
    });
  };
  return {
    busy: () => busy,
    read: (statement) => counted(database.read(statement)),
    write: (statement) => counted(database.write(statement)),
    batch: (statements) => counted(database.batch(statements)),
    compareAndSet: (guard, then) => counted(database.compareAndSet(guard, then)),
    close: () => database.close(),
  };
}

class World {
  readonly #seed: number;
  readonly #random: Random;
  readonly #time: VirtualTime;
  readonly #gateway: SimGateway;
  readonly #agents: SimAgent[] = [];
  readonly #wires = new Set<() => void>();
  readonly #violations = new Set<string>();
  readonly #accepted = new Set<string>();
  readonly #settled = new Set<string>();
  readonly #lost = new Set<string>();
  readonly #verified = new Set<string>();
  #faults: Faults;

  constructor(seed: number, faults: Faults, database: Database & { busy(): number }) {
    this.#seed = seed;
    this.#random = seeded(seed);
    this.#faults = faults;
    this.#time = new VirtualTime(START, () => atRest(database));
    const item = (id: string) => anItem({ id, versionKey: `version of ${id}` });
    const verifies = (sha256: string): boolean => {
      if (this.#random.chance(this.#faults.badArchive)) return false;
      this.#verified.add(sha256);
      return true;
    };
    this.#gateway = new SimGateway({ database, time: this.#time, random: this.#random, item, verifies });
  }

  async run(): Promise<Outcome> {
    for (let n = 0; n < AGENTS; n += 1) await this.#enrol(n);
    this.#every(TURN_MS, () => this.#gateway.turn());
    this.#every(1_000, () => this.#strike());
    const ids: JobId[] = [];
    for (let n = 1; n <= JOBS; n += 1)
      this.#time.after(this.#random.between(0, 120_000), () => this.#request(String(n), ids));
    await this.#time.runUntil(START + STORM_MS);
    this.#calm(ids);
    await this.#time.runUntil(this.#time.now() + CALM_MS, () => this.#isAllOver);
    await this.#judge(ids);
    return this.#outcome(ids);
  }

  #isAllOver = false;
  #states: Record<string, number> = {};

  async #enrol(n: number): Promise<void> {
    const id = newId("agt", this.#random.bytes);
    const agent = new SimAgent({
      ...{ time: this.#time, random: this.#random, slots: 2, origin: ORIGIN },
      dial: (who) => this.#dial(who, `192.0.2.${n + 1}`),
      upload: (held) => this.#gateway.upload(held),
      fault: () => this.#failure(),
      watch: {
        accepted: ({ job, epoch }) => this.#once(this.#accepted, `${id} ran ${job} ${epoch}`),
        runs: (count) => count > 2 && this.#violations.add(`${id} ran ${count} jobs in 2 slots`),
      },
    });
    agent.id = id;
    const row = {
      id,
      name: `sim ${n}`,
      publicKey: agent.publicKey,
      status: "trusted",
      enrolledAt: START,
      lastSeenAt: null,
    } as const;
    await this.#gateway.deps.agents.insert(row);
    this.#agents.push(agent);
    agent.start();
  }

  async #request(id: string, ids: JobId[]): Promise<void> {
    if (!this.#gateway.isUp) return void this.#time.after(1_000, () => this.#request(id, ids));
    const answer = await requestMod(this.#gateway.deps, { id, requester: `r${Number(id) % 2}` });
    if (answer.kind === "queued") ids.push(answer.job.id);
    else this.#violations.add(`A request was answered ${answer.kind}`);
  }

  #failure(): FailureReport | null {
    if (!this.#random.chance(this.#faults.failure)) return null;
    const codes = ["steam_timeout", "draining", "disk_full", "steam_unreachable"] as const;
    return { code: codes[Math.floor(this.#random.next() * codes.length)] ?? "draining", detail: "simulated" };
  }

  /** A socket whose messages get lost, come twice, or overtake each other. */
  #dial(agent: SimAgent, peer: string): Wire | null {
    if (!this.#gateway.isUp) return null;
    const header = (name: string): string | null => ({ host: "gateway.test", upgrade: "websocket" })[name] ?? null;
    const admission = this.#gateway.link.knock({ path: "/agent/v1/link", header, peer });
    if (!admission.ok) return null;
    let listener: SocketListener | null = null;
    let isOpen = true;
    const close = (): void => {
      if (!isOpen) return;
      isOpen = false;
      this.#wires.delete(close);
      listener?.closed();
      agent.closed();
    };
    this.#wires.add(close);
    const socket = {
      send: (frame: string) => {
        this.#note(agent, JSON.parse(frame));
        this.#carry(() => isOpen && agent.hear(frame));
      },
      close,
      bufferedAmount: () => 0,
      listen: (heard: SocketListener) => {
        listener = heard;
      },
    };
    this.#gateway.link.open(socket, admission.visitor);
    return { send: (frame) => this.#carry(() => isOpen && listener?.frame(frame)), cut: close };
  }

  #carry(deliver: () => void): void {
    const { drop, duplicate, delayMs } = this.#faults;
    if (this.#random.chance(drop)) return;
    this.#time.after(this.#random.between(1, 20 + delayMs), deliver);
    if (this.#random.chance(duplicate)) this.#time.after(this.#random.between(1, 20 + delayMs), deliver);
  }

  #note(agent: SimAgent, message: GatewayMessage | AgentMessage): void {
    if (message.type !== "settled" && message.type !== "lost") return;
    const result = `${agent.id} ${message.job} ${message.epoch}`;
    (message.type === "settled" ? this.#settled : this.#lost).add(result);
  }

  #once(seen: Set<string>, what: string): void {
    if (seen.has(what)) this.#violations.add(`Twice: ${what}`);
    seen.add(what);
  }

  #every(ms: number, run: () => void | Promise<void>): void {
    const again = async (): Promise<void> => {
      await run();
      this.#time.after(ms, again);
    };
    this.#time.after(ms, again);
  }

  #strike(): void {
    const { agentCrash, gatewayCrash, clockJump } = this.#faults;
    for (const agent of this.#agents) {
      if (!this.#random.chance(agentCrash)) continue;
      agent.crash();
      this.#time.after(this.#random.between(1_000, 60_000), () => agent.start());
    }
    if (this.#gateway.isUp && this.#random.chance(gatewayCrash)) this.#crashGateway();
    if (this.#random.chance(clockJump)) this.#time.jump(this.#random.between(1_000, 120_000));
  }

  #crashGateway(): void {
    this.#gateway.crash();
    for (const close of [...this.#wires]) close();
    this.#time.after(this.#random.between(1_000, 30_000), () => this.#gateway.restart());
  }

  #calm(ids: readonly JobId[]): void {
    this.#faults = {
      drop: 0,
      duplicate: 0,
      delayMs: 0,
      agentCrash: 0,
      gatewayCrash: 0,
      failure: 0,
      badArchive: 0,
      clockJump: 0,
    };
    for (const close of [...this.#wires]) close();
    this.#every(5_000, async () => {
      const rows = await this.#gateway.deps.database.read({ sql: "SELECT 1 FROM jobs WHERE finished_at IS NULL" });
      this.#isAllOver = rows.length === 0 && ids.length === JOBS;
    });
  }

  async #judge(ids: readonly JobId[]): Promise<void> {
    if (ids.length !== JOBS) this.#violations.add(`${JOBS - ids.length} requests were never answered`);
    for (const id of ids) {
      const job = await this.#gateway.deps.jobs.find(id);
      if (job === null) this.#violations.add(`P1: job ${id} is gone`);
      else await this.#judgeJob(job);
    }
  }

  async #judgeJob(job: Job): Promise<void> {
    this.#states[job.state] = (this.#states[job.state] ?? 0) + 1;
    if (job.state === "failed" && job.failure.code !== "internal" && job.uncharged < 10 && job.charged < 5) {
      this.#violations.add(`Job ${job.id} failed early: ${job.failure.code}`);
    }
    if (job.state !== "failed" && job.state !== "done") this.#violations.add(`Job ${job.id} never ended: ${job.state}`);
    if (job.state !== "done") return;
    const { sha256, agent, epoch } = job.result;
    if (epoch !== job.epoch) this.#violations.add(`P2: job ${job.id} took a result of epoch ${epoch} at ${job.epoch}`);
    if (!this.#verified.has(sha256)) this.#violations.add(`P4: job ${job.id} published what was not verified`);
    if (!this.#accepted.has(`${agent} ran ${job.id} ${epoch}`))
      this.#violations.add(`P9: ${agent} never ran ${job.id}`);
    if (this.#lost.has(`${agent} ${job.id} ${epoch}`))
      this.#violations.add(`P3: ${agent} was told lost after its result for ${job.id} counted`);
    const mod = await this.#gateway.deps.catalogue.findMod(job.mod);
    if (mod?.current?.archive.sha256 !== sha256) this.#violations.add(`Job ${job.id} is done and its mod is not there`);
  }

  #outcome(ids: readonly JobId[]): Outcome {
    const virtualMs = this.#time.now() - START;
    const states = { requested: ids.length, settled: this.#settled.size, ...this.#states };
    return { seed: this.#seed, states, violations: [...this.#violations], virtualMs };
  }
}

/** Two quiet turns of the event loop with nothing under way: everything an event started has come to rest. */
async function atRest(database: { busy(): number }): Promise<void> {
  for (let quiet = 0; quiet < 2; ) {
    await new Promise((resolve) => setImmediate(resolve));
    quiet = database.busy() === 0 ? quiet + 1 : 0;
  }
}
