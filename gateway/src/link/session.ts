import {
  type AgentId,
  type AgentMessage,
  type CloseReason,
  decodeAgentMessage,
  type GatewayMessage,
  type Hello,
  type Limits,
  PROTOCOL_VERSIONS,
  SessionId,
} from "@modfleet/protocol";
import type { Config } from "../config.ts";
import type { Bells, Deps } from "../deps.ts";
import type { Agent, Connected } from "../domain/agent.ts";
import type { Log } from "../log.ts";
import type { AgentStore } from "../store/agents.ts";
import type { Visitor } from "./admission.ts";
import { answerMessage } from "./answer-message.ts";
import { checkHello } from "./check-hello.ts";
import { Inbox } from "./inbox.ts";
import { Line } from "./line.ts";
import type { LinkActions } from "./link-actions.ts";
import { type Member, toConnected, toMember } from "./member.ts";
import { policyFor } from "./policy.ts";
import type { Socket } from "./socket.ts";

/** What all sessions of one process share. */
export type SessionContext = Pick<Deps, "now" | "random" | "randomBytes" | "newId"> & {
  config: Pick<Config, "steamRuns">;
  limits: Limits;
  log: Log;
  agents: Pick<AgentStore, "find">;
  bells: { dispatch: Pick<Bells["dispatch"], "ring"> };
  actions: LinkActions;
  /** `join` ends an older session of the same agent. */
  roster: { join(agent: AgentId, session: Session): void; leave(session: Session): void };
};

type State =
  | { phase: "stranger"; nonce: string; since: number; framesLeft: number }
  | { phase: "arriving"; agent: AgentId }
  | { phase: "member"; member: Member }
  | { phase: "over" };

/** `frame` is kept for a hello only: its signature covers the text as it came. */
type Item = { message: AgentMessage; frame: string };

const STRANGER_FRAMES_MAX = 16;
const INBOX_ITEMS_MAX = 128;
const RETURN_WITHIN_MS = 10_000;

/**
 * One socket's life: challenge, hello, welcome, then messages strictly in their order until either side ends it. It owns no
 * timer; `tick` is called every second. Losing it loses time, never work: the rows know everything that matters.
 */
export class Session {
  readonly #context: SessionContext;
  readonly #visitor: Visitor;
  readonly #line: Line;
  readonly #inbox: Inbox<Item>;
  #state: State;
  #heardAt: number;

  constructor(context: SessionContext, socket: Socket, visitor: Visitor) {
    this.#context = context;
    this.#visitor = visitor;
    const { limits, log, now, randomBytes } = context;
    this.#line = new Line(socket, { limits, log, ended: (reason) => this.#finish(reason) });
    this.#inbox = new Inbox<Item>({
      handle: (item) => this.#handle(item),
      failed: (error, item) => this.#handlingFailed(error, item),
      itemsMax: INBOX_ITEMS_MAX,
    });
    this.#heardAt = now();
    const nonce = Buffer.from(randomBytes(32)).toString("base64url");
    this.#state = { phase: "stranger", nonce, since: this.#heardAt, framesLeft: STRANGER_FRAMES_MAX };
    socket.listen({ frame: (text) => this.#hear(text), closed: () => this.#cut() });
    this.#line.say({ type: "challenge", nonce, gateway: visitor.origins[0], protocol: [...PROTOCOL_VERSIONS] });
  }

  /** Null while it has not proven who it is, and after the end. */
  get agent(): AgentId | null {
    if (this.#state.phase === "arriving") return this.#state.agent;
    return this.#state.phase === "member" ? this.#state.member.agent : null;
  }

  get heardAt(): number {
    return this.#heardAt;
  }

  /** Null until the agent was welcomed, and after the end. */
  connected(): Connected | null {
    return this.#state.phase === "member" ? toConnected(this.#state.member) : null;
  }

  /** False when the message could not go out; an offer also needs a free slot. */
  tell(message: GatewayMessage): boolean {
    if (this.#state.phase !== "member") return false;
    if (message.type !== "offer") return this.#line.say(message);
    const { member } = this.#state;
    if (toConnected(member).freeSlots === 0 || !this.#line.say(message)) return false;
    member.credits.offered(message, this.#context.now());
    return true;
  }

  end(reason: CloseReason, text?: string): void {
    this.#line.end(reason, text);
  }

  /** Closes so that the agent comes back at a random moment of the next seconds. */
  sendAway(): void {
    this.end("restarting", String(Math.floor(this.#context.random() * RETURN_WITHIN_MS)));
  }

  /** Whether the agent may still speak and how much it may do, from its row. */
  applyStatus(status: Agent["status"]): void {
    if (status === "revoked") this.end("revoked");
    if (this.#state.phase !== "member" || this.#state.member.status === status) return;
    const { member } = this.#state;
    const policy = policyFor(status, this.#context);
    member.status = status;
    member.credits.limit(Math.min(member.slotsSaid, policy.slots));
    this.#line.say({ type: "policy", policy });
  }

  /** Ends what is silent, too slow to say who it is, or does not read; `isLate` forgives silence this process caused. */
  tick({ now, isLate }: { now: number; isLate: boolean }): void {
    if (isLate || this.#heardAt > now) this.#heardAt = now;
    const overdue = this.#overdue(now);
    if (overdue !== null) this.end(overdue);
    this.#line.checkBacklog();
    const hasFreed = this.#state.phase === "member" && this.#state.member.credits.expire(now);
    if (hasFreed) this.#context.bells.dispatch.ring();
  }

  #overdue(now: number): CloseReason | null {
    const { authenticateMs, agentSilentMs } = this.#context.limits;
    const state = this.#state;
    if (state.phase === "stranger" && Math.abs(now - state.since) >= authenticateMs) return "too_slow_to_authenticate";
    return now - this.#heardAt >= agentSilentMs ? "silent" : null;
  }

  #hear(text: string | null): void {
    if (this.#line.isOver) return;
    this.#heardAt = this.#context.now();
    const decoded = text === null ? null : decodeAgentMessage(text, this.#context.limits.frameBytesMax);
    if (decoded === null || !this.#mayGoOn()) this.end("bad_frame");
    else if (decoded.ok) this.#take(decoded.message, text ?? "");
    else if (decoded.reason === "unknown_type") this.#line.say({ type: "unsupported", what: decoded.type });
    else this.end("bad_frame");
  }

  #take(message: AgentMessage, text: string): void {
    const frame = message.type === "hello" ? text : "";
    if (!this.#inbox.push({ message, frame })) this.end("slow_consumer");
  }

  /** Strangers get a few frames to say hello in, so that they cannot keep us parsing. */
  #mayGoOn(): boolean {
    if (this.#state.phase !== "stranger") return true;
    this.#state.framesLeft -= 1;
    return this.#state.framesLeft >= 0;
  }

  async #handle({ message, frame }: Item): Promise<void> {
    const state = this.#state;
    if (state.phase === "stranger" && message.type === "hello") await this.#greet(message, frame, state.nonce);
    if (state.phase !== "member") return;
    await answerMessage(this.#context, { member: state.member, line: this.#line }, message);
  }

  async #greet(hello: Hello, frame: string, nonce: string): Promise<void> {
    const { agents, log, roster } = this.#context;
    const check = await checkHello(agents, { hello, frame, nonce, origins: this.#visitor.origins });
    if (this.#line.isOver) return;
    if (!check.ok) {
      log.info("An agent was turned away", {
        agent: hello.agent,
        reason: check.reason,
        network: this.#visitor.network,
      });
      this.end(check.reason);
      return;
    }
    this.#visitor.leave();
    this.#state = { phase: "arriving", agent: check.agent.id };
    roster.join(check.agent.id, this);
    await this.#welcome(hello, check);
  }

  async #welcome(hello: Hello, { agent, protocol }: { agent: Agent; protocol: number }): Promise<void> {
    const { actions, limits, log, newId, now } = this.#context;
    const { network } = this.#visitor;
    const { keep, lost } = await actions.hold({ agent: agent.id, network }, hello.held);
    if (this.#line.isOver) return;
    const policy = policyFor(agent.status, this.#context);
    const session = SessionId.parse(newId("ses"));
    const member = toMember({ session, agent, hello, network, slotsMax: policy.slots, limits, now: now() });
    this.#state = { phase: "member", member };
    const { heartbeatMs, leaseMs } = limits;
    this.#line.say({ type: "welcome", session, protocol, heartbeatMs, leaseMs, keep, lost, policy });
    log.info("An agent connected", { agent: agent.id, name: agent.name, network, version: hello.version, session });
  }

  /** An answer the agent waits for is asked again after a reconnect; everything else is repeated by the next beat. */
  #handlingFailed(error: unknown, { message }: Item): void {
    this.#context.log.error("A message could not be handled", { error, type: message.type, agent: this.agent });
    if (["hello", "finished", "failed"].includes(message.type)) this.sendAway();
  }

  #cut(): void {
    this.#line.wasCut();
    this.#finish("gone");
  }

  #finish(reason: CloseReason | "gone"): void {
    if (this.#state.phase === "over") return;
    if (this.agent !== null) this.#context.log.info("An agent's link ended", { agent: this.agent, reason });
    // The roster still reads who it was.
    this.#context.roster.leave(this);
    this.#state = { phase: "over" };
    this.#inbox.clear();
    this.#visitor.leave();
  }
}
