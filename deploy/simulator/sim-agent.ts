import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import {
  type AgentId,
  type AgentMessage,
  decodeGatewayMessage,
  encode,
  type FailureReport,
  type GatewayMessage,
  type Hello,
  helloProof,
  type JobId,
  type JobRef,
} from "@modfleet/protocol";
import { type Held, orderOf, refOf, type Unreported } from "../../agent/src/work/held.ts";
import { initialState } from "../../agent/src/work/initial-state.ts";
import { introductionOf } from "../../agent/src/work/snapshot.ts";
import type { Effect, Moment, WorkEvent, WorkState } from "../../agent/src/work/state.ts";
import { step } from "../../agent/src/work/step.ts";
import type { Random } from "./random.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** A line to the gateway as an agent sees it. */
export type Wire = { send(frame: string): void; cut(): void };

/** What an upload came to: the upload's id, or the epoch is gone (410), or the line broke. */
export type Uploaded = { kind: "uploaded"; upload: string } | { kind: "lost" } | { kind: "broken" };

export type SimAgentOptions = {
  time: VirtualTime;
  random: Random;
  slots: number;
  origin: string;
  dial: (agent: SimAgent) => Wire | null;
  upload: (held: Extract<Held, { stage: "uploading" }>) => Promise<Uploaded>;
  /** How one try of a job ends on this machine; null is success. */
  fault: () => FailureReport | null;
  watch: { accepted(ref: JobRef): void; runs(count: number): void };
};

const LIMITS_OF_OWNER = { freeBytesMin: 0, monthBytesMax: null, hours: null, apps: null };
const SILENT_MS = 30_000;
const BEAT_MS = 15_000;
const key = ({ job, epoch }: JobRef): string => `${job} ${epoch}`;

/** One volunteer's agent: the real core `step`, a journal that survives crashes, and everything else made of time. */
export class SimAgent {
  readonly publicKey: string;
  id: AgentId | null = null;
  readonly #options: SimAgentOptions;
  readonly #privateKey: KeyObject;
  readonly #journal = { held: new Map<string, Held>(), seen: new Map<JobId, number>() };
  #state: WorkState;
  #wire: Wire | null = null;
  #isWelcome = false;
  #heardAt = 0;
  #life = 0;
  readonly #running = new Map<string, () => void>();

  constructor(options: SimAgentOptions) {
    const { privateKey } = generateKeyPairSync("ed25519");
    this.#options = options;
    this.#privateKey = privateKey;
    this.publicKey = String(privateKey.export({ format: "jwk" }).x);
    this.#state = this.#remembered();
  }

  /** Begins to live, or to live again: connects, beats, and notices silence. */
  start(): void {
    this.#life += 1;
    this.#state = this.#remembered();
    this.#every(BEAT_MS, () => this.#dispatch({ type: "beat" }));
    this.#every(1_000, () => this.#keepConnected());
  }

  /** `kill -9`: nothing of the moment survives but the journal. */
  crash(): void {
    this.#life += 1;
    for (const stop of this.#running.values()) stop();
    this.#running.clear();
    this.#hangUp();
  }

  hear(frame: string): void {
    this.#heardAt = this.#options.time.now();
    const decoded = decodeGatewayMessage(frame);
    if (decoded.ok) this.#listen(decoded.message);
  }

  closed(): void {
    this.#wire = null;
    if (this.#isWelcome) this.#dispatch({ type: "gone" });
    this.#isWelcome = false;
  }

  #remembered(): WorkState {
    const remembered = { held: [...this.#journal.held.values()], seen: new Map(this.#journal.seen) };
    return initialState({ slots: this.#options.slots, engines: ["workshop"], limits: LIMITS_OF_OWNER, remembered });
  }

  #every(ms: number, run: () => void): void {
    const life = this.#life;
    const again = (): void => {
      if (life !== this.#life) return;
      run();
      this.#options.time.after(ms, again);
    };
    this.#options.time.after(ms * this.#options.random.next(), again);
  }

  #keepConnected(): void {
    const { time, dial } = this.#options;
    if (this.#wire !== null && time.now() - this.#heardAt > SILENT_MS) this.#hangUp();
    if (this.#wire !== null) return;
    this.#wire = dial(this);
    this.#heardAt = time.now();
  }

  #hangUp(): void {
    const wire = this.#wire;
    this.closed();
    wire?.cut();
  }

  #listen(message: GatewayMessage): void {
    if (message.type === "challenge") this.#sayHello(message.nonce);
    else if (message.type === "welcome" && !this.#isWelcome) {
      this.#isWelcome = true;
      this.#dispatch({ type: "welcomed", welcome: message });
    } else if (this.#isWelcome) this.#dispatch({ type: "heard", message });
  }

  #sayHello(nonce: string): void {
    if (this.id === null) return;
    const hello = {
      ...{
        type: "hello" as const,
        agent: this.id,
        protocol: [1, 1] as [number, number],
        version: "0",
        platform: "sim",
      },
      ...introductionOf(this.#state, this.#moment()),
    };
    const sha256 = createHash("sha256");
    const proof = helloProof(hello, { nonce, origin: this.#options.origin, sha256 });
    const signature = sign(null, Buffer.from(proof), this.#privateKey).toString("base64url");
    this.#wire?.send(encode({ ...hello, signature } satisfies Hello));
  }

  #moment(): Moment {
    return { now: this.#options.time.now(), freeBytes: 1e12, monthBytes: 0, hour: 0 };
  }

  #dispatch(event: WorkEvent): void {
    const { state, effects } = step(this.#state, event, this.#moment());
    this.#state = state;
    for (const effect of effects) this.#perform(effect);
    this.#options.watch.runs(state.runs.filter(({ phase }) => phase.kind === "running").length);
  }

  #perform(effect: Effect): void {
    if (effect.do === "say") this.#say(effect.message);
    if (effect.do === "record") this.#record(effect.held);
    if (effect.do === "forget") this.#journal.held.delete(key(effect.ref));
    if (effect.do === "start") this.#run(effect.held);
    if (effect.do === "stop") this.#stop(effect.ref);
  }

  #say(message: AgentMessage): void {
    if (message.type === "accept") this.#options.watch.accepted(refOf(message));
    this.#wire?.send(encode(message));
  }

  #record(held: Held): void {
    this.#journal.held.set(key(held), held);
    this.#journal.seen.set(held.job, Math.max(held.epoch, this.#journal.seen.get(held.job) ?? 0));
  }

  #stop(ref: JobRef): void {
    this.#running.get(key(ref))?.();
    this.#later(ref, 500, () => this.#end(ref, { type: "ended", ref }));
  }

  #later(ref: JobRef, ms: number, run: () => void | Promise<void>): void {
    const life = this.#life;
    const cancel = this.#options.time.after(ms, () => (life === this.#life ? run() : undefined));
    this.#running.set(key(ref), cancel);
  }

  #end(ref: JobRef, event: WorkEvent): void {
    this.#running.delete(key(ref));
    this.#dispatch(event);
  }

  /** One stage after the other, each a while later; the engines and the packer are made of nothing but time here. */
  #run(held: Unreported): void {
    const { random } = this.#options;
    this.#later(held, random.between(500, 20_000), () => this.#finishStage(held));
  }

  async #finishStage(held: Unreported): Promise<void> {
    const fetched = { tool: "simulated", manifest: null };
    const failure = held.stage === "downloading" ? this.#options.fault() : null;
    if (failure !== null)
      return this.#end(held, { type: "reported", held: { ...orderOf(held), stage: "failed", failure } });
    if (held.stage === "downloading")
      return this.#advance({ ...orderOf(held), stage: "packing", root: "content", fetched });
    if (held.stage === "packing")
      return this.#advance({ ...orderOf(held), stage: "uploading", fetched, packed: packedBy(this, held) });
    const life = this.#life;
    const outcome = await this.#options.upload(held);
    if (life !== this.#life) return;
    if (outcome.kind === "broken") return this.#later(held, 5_000, () => this.#finishStage(held));
    if (outcome.kind === "lost") return this.#end(held, { type: "ended", ref: refOf(held) });
    this.#end(held, { type: "reported", held: { ...held, stage: "finished", upload: outcome.upload } });
  }

  #advance(next: Unreported): void {
    this.#dispatch({ type: "advanced", held: next });
    if (this.#running.has(key(next))) this.#run(next);
  }
}

/** Content that tells who packed it for which try, so that mixed-up results show. */
function packedBy(agent: SimAgent, { job, epoch }: JobRef): { bytes: number; sha256: string; tree: string } {
  const hash = (text: string): string => createHash("sha256").update(text).digest("hex");
  return { bytes: 1_000, sha256: hash(`${agent.publicKey} ${job} ${epoch}`), tree: hash(job) };
}
