import {
  type AgentId,
  type AgentMessage,
  type Challenge,
  CLOSE_CODES,
  decodeGatewayMessage,
  encode,
  type GatewayMessage,
  type Limits,
  PROTOCOL_VERSIONS,
  type Progress,
  type SourceKind,
  type Welcome,
} from "@modfleet/protocol";
import { WebSocket } from "ws";
import type { Log } from "../log.ts";
import { type Ended, endOfClose } from "./end-reason.ts";
import { keepBeating } from "./heartbeat.ts";
import type { Identity } from "./identity.ts";

/** Who listens behind the link. The link knows nothing else of the agent's work. */
export type Peer = {
  introduce(): { slots: number; engines: SourceKind[]; freeBytes: number; held: Progress[] };
  welcomed(welcome: Welcome, say: (message: AgentMessage) => void): void;
  hear(message: GatewayMessage): void;
  beat(): void;
  gone(): void;
};

export type SessionOptions = {
  /** Origin of the gateway; the signature covers it as it is here. */
  gateway: string;
  agent: AgentId;
  identity: Identity;
  peer: Peer;
  version: string;
  platform: string;
  now: () => number;
  random: () => number;
  sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  log: Log;
  limits: Pick<Limits, "frameBytesMax" | "authenticateMs" | "gatewaySilentMs" | "bufferedCloseMax">;
};

/** A close frame that is not answered within this time is not waited for. */
const GOODBYE_MS = 1_000;

type End = Omit<Ended, "healthyMs">;

/** One session from dialling to its end. Never throws for what a network or a gateway may do. */
export async function runSession(options: SessionOptions, signal: AbortSignal): Promise<Ended> {
  const session = new Session(options);
  const stop = (): void => session.end({ reason: "stopped", detail: "Told to stop", comeBackMs: 0 });
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  const ended = await session.ended;
  signal.removeEventListener("abort", stop);
  return ended;
}

/** The one place that touches the socket: whatever happens to it ends here, exactly once, with a reason. */
class Session {
  readonly ended: Promise<Ended>;
  readonly #options: SessionOptions;
  readonly #socket: WebSocket;
  readonly #over = new AbortController();
  readonly #resolve: (ended: Ended) => void;
  #welcomedAt: number | null = null;
  /** Until the welcome it bounds the whole handshake; afterwards every frame starts it anew. */
  #silence: NodeJS.Timeout;

  constructor(options: SessionOptions) {
    const { promise, resolve } = Promise.withResolvers<Ended>();
    this.#options = options;
    this.ended = promise;
    this.#resolve = resolve;
    this.#silence = setTimeout(() => this.#fallSilent(), options.limits.authenticateMs);
    this.#socket = dial(options);
    this.#listen();
  }

  /** The first call counts. The peer is told before the socket closes, so that it says nothing into a dead line. */
  end(why: End): void {
    if (this.#over.signal.aborted) return;
    this.#over.abort();
    clearTimeout(this.#silence);
    const { now, peer } = this.#options;
    const healthyMs = this.#welcomedAt === null ? 0 : now() - this.#welcomedAt;
    if (this.#welcomedAt !== null) peer.gone();
    void hangUp(this.#socket, why).finally(() => this.#resolve({ ...why, healthyMs }));
  }

  #listen(): void {
    const socket = this.#socket;
    let trouble = "";
    socket.on("message", (data, isBinary) => {
      this.#alive();
      this.#onFrame(isBinary ? null : String(data));
    });
    socket.on("ping", () => this.#alive());
    // A close always follows; on its own an unhandled error would end the process.
    socket.on("error", (error) => {
      trouble = error.message;
    });
    socket.on("unexpected-response", (request, { statusCode, headers }) => {
      request.destroy();
      const comeBackMs = retryAfterMs(headers["retry-after"]);
      this.end({ reason: "could_not_open", detail: `HTTP ${statusCode}`, comeBackMs });
    });
    socket.on("close", (code, text) => {
      // 1006 is made up by the library where no close frame came.
      const isOpened = this.#welcomedAt !== null || code !== 1006;
      if (isOpened) this.end(endOfClose(code, String(text) || trouble));
      else this.end({ reason: "could_not_open", detail: trouble || "The connection was cut", comeBackMs: 0 });
    });
  }

  #alive(): void {
    if (this.#welcomedAt !== null && !this.#over.signal.aborted) this.#silence.refresh();
  }

  #fallSilent(): void {
    const reason = this.#welcomedAt === null ? "no_welcome" : "gateway_silent";
    this.end({ reason, detail: "Nothing was heard for too long", comeBackMs: 0 });
  }

  /** A newer gateway may say what we do not know; one that says no JSON at all is none. */
  #onFrame(frame: string | null): void {
    if (this.#over.signal.aborted) return;
    const decoded = frame === null ? null : decodeGatewayMessage(frame, this.#options.limits.frameBytesMax);
    if (decoded?.ok === true) {
      this.#onMessage(decoded.message);
    } else if (decoded?.reason === "unknown_type") {
      this.#say({ type: "unsupported", what: decoded.type });
    } else if (decoded?.reason === "unknown_shape") {
      this.#options.log.warn("The gateway said something malformed", { detail: decoded.detail });
    } else {
      this.end(BAD_FRAME);
    }
  }

  /** Until the welcome only the handshake is heard, so that nobody unauthenticated can move work. */
  #onMessage(message: GatewayMessage): void {
    if (this.#welcomedAt !== null) this.#options.peer.hear(message);
    else if (message.type === "challenge") this.#onChallenge(message);
    else if (message.type === "welcome") this.#onWelcome(message);
  }

  #onChallenge({ nonce }: Challenge): void {
    const { gateway, agent, identity, peer, version, platform } = this.#options;
    const [min, max] = PROTOCOL_VERSIONS;
    const hello = { type: "hello", agent, protocol: [min, max], version, platform, ...peer.introduce() } as const;
    this.#say(identity.signHello(hello, { nonce, origin: new URL(gateway).origin }));
  }

  #onWelcome(welcome: Welcome): void {
    const { now, peer, limits, random, sleep } = this.#options;
    this.#welcomedAt = now();
    clearTimeout(this.#silence);
    // A gateway that asks for slow beats answers as slowly.
    const quietMs = Math.max(limits.gatewaySilentMs, 2 * welcome.heartbeatMs);
    this.#silence = setTimeout(() => this.#fallSilent(), quietMs);
    peer.welcomed(welcome, (message) => this.#say(message));
    const { signal } = this.#over;
    // It ends with the session and cannot fail: `sleep` resolves when its signal fires.
    void keepBeating({ everyMs: welcome.heartbeatMs, beat: () => peer.beat(), sleep, random, signal });
  }

  /** What cannot go out now is not kept: `hello` and the reports say everything that matters again. */
  #say(message: AgentMessage): void {
    const socket = this.#socket;
    if (socket.readyState !== WebSocket.OPEN || this.#over.signal.aborted) return;
    socket.send(encode(message));
    if (socket.bufferedAmount <= this.#options.limits.bufferedCloseMax) return;
    this.end({ reason: "gateway_silent", detail: "Too much waits unread in the socket", comeBackMs: 0 });
  }
}

const BAD_FRAME: End = { reason: "bad_frame", detail: CLOSE_CODES.bad_frame.means, comeBackMs: 5_000 };

function dial({ gateway, limits }: SessionOptions): WebSocket {
  const url = new URL("/agent/v1/link", gateway);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return new WebSocket(url, {
    perMessageDeflate: false,
    maxPayload: limits.frameBytesMax,
    handshakeTimeout: limits.authenticateMs,
  });
}

/** A close frame is sent where somebody may still hear it, and its answer is waited for a moment only. */
async function hangUp(socket: WebSocket, { reason }: End): Promise<void> {
  if (socket.readyState === WebSocket.CLOSED) return;
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  if (socket.readyState !== WebSocket.OPEN || reason === "gateway_silent") {
    socket.terminate();
    return;
  }
  socket.close(reason === "bad_frame" ? CLOSE_CODES.bad_frame.code : 1000);
  const timer = setTimeout(() => socket.terminate(), GOODBYE_MS);
  await closed;
  clearTimeout(timer);
}

function retryAfterMs(header: string | undefined): number {
  return header !== undefined && /^\d{1,4}$/.test(header) ? Number(header) * 1_000 : 0;
}
