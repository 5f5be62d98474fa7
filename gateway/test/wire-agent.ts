import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import {
  type AgentMessage,
  decodeGatewayMessage,
  type Enrol,
  encode,
  type GatewayMessage,
  type Hello,
  helloProof,
  PROTOCOL_VERSIONS,
  type SourceKind,
} from "@modfleet/protocol";
import { WebSocket } from "ws";

export type AgentKey = { publicKey: string; privateKey: KeyObject };

/** A new Ed25519 key; the public half as the wire carries it. */
export function newAgentKey(): AgentKey {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const { x } = publicKey.export({ format: "jwk" });
  if (x === undefined) throw new TypeError("The key has no public half");
  return { publicKey: x, privateKey };
}

export type WireAgentOptions = {
  /** Origin of the gateway. */
  url: string;
  key?: AgentKey;
  /** Enrolled already; otherwise the agent enrols first, with `invite` where it is given. */
  id?: string;
  invite?: string;
  name?: string;
  slots?: number;
  engines?: readonly SourceKind[];
  version?: string;
  protocol?: [number, number];
  freeBytes?: number;
  held?: Hello["held"];
  /** What to sign instead of `url`'s origin. */
  origin?: string;
  headers?: Record<string, string>;
  /** The last change to the hello, after it was signed. */
  tamper?: (hello: Hello) => object;
};

type Of<Type extends GatewayMessage["type"]> = Extract<GatewayMessage, { type: Type }>;

/** An agent that was welcomed. */
export type WireAgent = Wire & {
  id: string;
  key: AgentKey;
  welcome: Of<"welcome">;
  say(message: AgentMessage): void;
  ready(slots: number): void;
  [Symbol.asyncDispose](): Promise<void>;
};

/** One line to a gateway, with or without a hello. */
export type Wire = {
  /** Everything the gateway said, oldest first. */
  heard: GatewayMessage[];
  /** The first message of this type that no `next` has returned yet. */
  next<Type extends GatewayMessage["type"]>(type: Type, timeoutMs?: number): Promise<Of<Type>>;
  /** A frame as it is, junk too. */
  send(frame: string | Uint8Array): void;
  /** The end of the line, whoever ends it. */
  closed: Promise<Closed>;
  /** Says goodbye and waits for the line's end. */
  close(): Promise<void>;
  /** Cuts the line without a word. */
  vanish(): void;
  /** For slow readers and half-open lines. */
  socket: WebSocket;
};

export type Closed = { code: number; reason: string };

/** The gateway closed the line before `welcome`. */
export class TurnedAway extends Error {
  readonly closed: Closed;

  constructor(closed: Closed) {
    super(`The gateway closed with ${closed.code} ${closed.reason}`);
    this.name = "TurnedAway";
    this.closed = closed;
  }
}

/** The close code with which an attempt to connect was turned away; 0 when it was not. */
export async function codeOfRefusal(connecting: Promise<WireAgent>): Promise<number> {
  try {
    await (await connecting).close();
    return 0;
  } catch (error) {
    if (error instanceof TurnedAway) return error.closed.code;
    throw error;
  }
}

/** Enrols a key; throws with the gateway's words when it is refused. */
export async function enrolWireAgent(url: string, request: Enrol): Promise<string> {
  const response = await fetch(`${url}/agent/v1/enrol`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(request),
  });
  const answer: unknown = await response.json();
  if (!response.ok || typeof answer !== "object" || answer === null || !("agent" in answer))
    throw new Error(`Could not enrol: ${response.status} ${JSON.stringify(answer)}`);
  return String(answer.agent);
}

/** A real WebSocket client that speaks the protocol: enrolled where needed, connected and welcomed when this resolves. */
export async function connectWireAgent(options: WireAgentOptions): Promise<WireAgent> {
  const { url, key = newAgentKey(), name = "wire", invite } = options;
  const id =
    options.id ??
    (await enrolWireAgent(url, { name, publicKey: key.publicKey, ...(invite === undefined ? {} : { invite }) }));
  const line = openWire(url, options.headers === undefined ? {} : { headers: options.headers });
  const { nonce } = await line.next("challenge");
  line.send(JSON.stringify(signedHello({ ...options, id, key, nonce })));
  const welcome = await line.next("welcome");
  const { freeBytes = 1e12 } = options;
  return {
    ...line,
    id,
    key,
    welcome,
    say: (message) => line.send(encode(message)),
    ready: (slots) => line.send(encode({ type: "ready", slots, freeBytes })),
    [Symbol.asyncDispose]: line.close,
  };
}

/** The hello that answers `nonce`, signed by `key`. */
export function signedHello(options: WireAgentOptions & { id: string; key: AgentKey; nonce: string }): object {
  const { id, key, nonce, url, origin = new URL(url).origin, tamper = (hello: Hello) => hello } = options;
  const protocol: [number, number] = options.protocol ?? [PROTOCOL_VERSIONS[0], PROTOCOL_VERSIONS[1]];
  const unsigned = {
    type: "hello" as const,
    agent: id,
    protocol,
    version: options.version ?? "0.0.0-wire",
    platform: "test",
    engines: [...(options.engines ?? ["workshop"])],
    slots: options.slots ?? 2,
    freeBytes: options.freeBytes ?? 1e12,
    held: options.held ?? [],
  };
  const proof = helloProof(unsigned, { nonce, origin, sha256: createHash("sha256") });
  const signature = sign(null, Buffer.from(proof), key.privateKey).toString("base64url");
  return tamper({ ...unsigned, signature });
}

type WireOptions = { headers?: Record<string, string>; path?: string };

/** The bare line, for tests that speak before or without a hello. */
export function openWire(url: string, { headers = {}, path = "/agent/v1/link" }: WireOptions = {}): Wire {
  const socket = new WebSocket(`${url.replace(/^http/, "ws")}${path}`, { perMessageDeflate: false, headers });
  const mailbox = createMailbox();
  const { promise: closed, resolve: end } = Promise.withResolvers<Closed>();

  socket.on("message", (data) => {
    const decoded = decodeGatewayMessage(data.toString());
    if (!decoded.ok) throw new Error(`The gateway said junk: ${JSON.stringify(decoded)}`);
    mailbox.put(decoded.message);
  });
  // A refused upgrade says why here; an error is always followed by `close`.
  let refusal = "";
  socket.on("error", ({ message }) => {
    refusal = message;
  });
  socket.once("close", (code, reason) => {
    const ended = { code, reason: reason.toString() || refusal };
    mailbox.end(ended);
    end(ended);
  });

  return {
    heard: mailbox.heard,
    next: mailbox.next,
    closed,
    socket,
    send: (frame) => socket.send(frame),
    async close() {
      socket.close();
      await closed;
    },
    vanish: () => socket.terminate(),
  };
}

/** What the gateway said, and those who wait for it. */
function createMailbox() {
  const heard: GatewayMessage[] = [];
  const taken = new Set<GatewayMessage>();
  const waiting = new Set<() => void>();
  let ended: Closed | null = null;
  const lookAgain = (): void => {
    for (const look of [...waiting]) look();
  };

  function next<Type extends GatewayMessage["type"]>(type: Type, timeoutMs = 10_000): Promise<Of<Type>> {
    const isWanted = (message: GatewayMessage): message is Of<Type> => message.type === type && !taken.has(message);
    const { promise, resolve, reject } = Promise.withResolvers<Of<Type>>();
    const giveUp = (): void => {
      reject(new Error(`No ${type} within ${timeoutMs} ms; heard ${heard.map((message) => message.type).join(" ")}`));
    };
    const timer = setTimeout(giveUp, timeoutMs);
    const look = (): void => {
      const found = heard.find(isWanted);
      if (found === undefined && ended === null) return;
      // At once: the next message may come before whoever waits has run.
      waiting.delete(look);
      if (found === undefined) reject(new TurnedAway(ended ?? { code: 0, reason: "" }));
      else resolve(found);
      if (found !== undefined) taken.add(found);
    };
    waiting.add(look);
    look();
    return promise.finally(() => {
      clearTimeout(timer);
      waiting.delete(look);
    });
  }

  return {
    heard,
    next,
    put(message: GatewayMessage): void {
      heard.push(message);
      lookAgain();
    },
    end(closed: Closed): void {
      ended = closed;
      lookAgain();
    },
  };
}
