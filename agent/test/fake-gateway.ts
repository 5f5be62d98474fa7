import { createHash, createPublicKey, randomBytes, verify } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { text } from "node:stream/consumers";
import {
  type AgentMessage,
  CLOSE_CODES,
  type CloseReason,
  decodeAgentMessage,
  Enrol,
  encode,
  type GatewayMessage,
  type Hello,
  helloProof,
  newId,
  type Welcome,
} from "@modfleet/protocol";
import { type WebSocket, WebSocketServer } from "ws";
import { type FakeUploads, fakeUploads } from "./fake-uploads.ts";
import { listenOnLoopback } from "./loopback.ts";

type Said<Type extends AgentMessage["type"]> = Extract<AgentMessage, { type: Type }>;

export type FakeGateway = AsyncDisposable & {
  /** Origin. */
  url: string;
  /** Every message of every session in its order. */
  heard: AgentMessage[];
  heardOf<Type extends AgentMessage["type"]>(type: Type): Said<Type>[];
  enrolments: Enrol[];
  /** Close reasons of refused hellos. */
  refused: CloseReason[];
  uploads: FakeUploads;
  rules: Rules;
  /** To the newest session. */
  say(message: GatewayMessage): void;
  /** Raw text instead of a message. */
  sayRaw(frame: string | Buffer): void;
  hangUp(reason: CloseReason, text?: string): void;
  /** Cuts the newest session without a word. */
  cut(): void;
  /** From here on the newest session neither reads nor says anything: the line is half open. */
  vanish(): void;
  forgetAgents(): void;
};

/** What the fake does; tests change it as they go. */
export type Rules = {
  heartbeatMs: number;
  /** What the welcome says about the held jobs; all are kept where it says nothing. */
  welcome: (hello: Hello) => Partial<Welcome>;
  answerBeats: boolean;
  enrolStatus: number;
};

type Options = { partBytes?: number; heartbeatMs?: number };

/** A gateway on loopback that speaks the wire: it checks signatures, welcomes, answers beats, and says what a test wants. */
export async function fakeGateway({ partBytes = 64 * 1024, heartbeatMs = 40 }: Options = {}): Promise<FakeGateway> {
  const rules: Rules = { heartbeatMs, welcome: () => ({}), answerBeats: true, enrolStatus: 200 };
  const state = { keys: new Map<string, string>(), sockets: [] as WebSocket[], vanished: new Set<WebSocket>() };
  const heard: AgentMessage[] = [];
  const enrolments: Enrol[] = [];
  const refused: CloseReason[] = [];
  const uploads = fakeUploads(partBytes);
  const server = createServer((request, response) => void onRequest(request, response));
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) =>
    sockets.handleUpgrade(request, socket, head, converse),
  );
  const url = `http://127.0.0.1:${await listenOnLoopback(server)}`;

  async function onRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (await uploads.handle(request, response)) return;
    if (request.url === "/healthz") return void response.end('{"status":"ok"}');
    if (request.url !== "/agent/v1/enrol") return void response.writeHead(404).end();
    const enrol = Enrol.parse(JSON.parse(await text(request)));
    enrolments.push(enrol);
    const agent = newId("agt", randomBytes);
    if (rules.enrolStatus === 200) state.keys.set(agent, enrol.publicKey);
    response.writeHead(rules.enrolStatus, { "content-type": "application/json" });
    response.end(JSON.stringify(rules.enrolStatus === 200 ? { agent } : { detail: "The invitation is used up" }));
  }

  function converse(socket: WebSocket): void {
    const nonce = randomBytes(32).toString("base64url");
    state.sockets.push(socket);
    socket.on("message", (data) => {
      if (!state.vanished.has(socket)) onFrame(socket, String(data), nonce);
    });
    socket.send(encode({ type: "challenge", nonce, gateway: url, protocol: [1, 1] }));
  }

  function onFrame(socket: WebSocket, frame: string, nonce: string): void {
    const decoded = decodeAgentMessage(frame);
    if (!decoded.ok) throw new Error(`The agent said junk: ${frame}`);
    const { message } = decoded;
    heard.push(message);
    if (message.type === "hello") welcome(socket, message, nonce);
    if (message.type === "beat" && rules.answerBeats) socket.send(encode({ type: "beaten", revoked: [] }));
  }

  function welcome(socket: WebSocket, hello: Hello, nonce: string): void {
    const refusal = refusalOf(hello, { nonce, origin: url, publicKey: state.keys.get(hello.agent) });
    if (refusal !== null) {
      refused.push(refusal);
      socket.close(CLOSE_CODES[refusal].code);
      return;
    }
    socket.send(encode({ ...welcomeOf(hello, rules), ...rules.welcome(hello) }));
  }

  const newest = (): WebSocket => {
    const socket = state.sockets.at(-1);
    if (socket === undefined) throw new Error("No agent is connected");
    return socket;
  };

  return {
    url,
    heard,
    heardOf: (type) => heard.filter((message): message is Said<typeof type> => message.type === type),
    enrolments,
    refused,
    uploads,
    rules,
    say: (message) => newest().send(encode(message)),
    sayRaw: (frame) => newest().send(frame),
    hangUp: (reason, reasonText = "") => newest().close(CLOSE_CODES[reason].code, reasonText),
    cut: () => newest().terminate(),
    vanish: () => void state.vanished.add(newest()),
    forgetAgents: () => state.keys.clear(),
    [Symbol.asyncDispose]: async () => {
      for (const socket of state.sockets) socket.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function welcomeOf({ held }: Hello, { heartbeatMs }: Rules): Welcome {
  return {
    type: "welcome",
    session: newId("ses", randomBytes),
    protocol: 1,
    heartbeatMs,
    leaseMs: 90_000,
    keep: held.map(({ job, epoch }) => ({ job, epoch })),
    lost: [],
    policy: { slots: 16, steamRuns: { burst: 30, everyMs: 10_000 }, itemsPerRun: 20 },
  };
}

type Claim = { nonce: string; origin: string; publicKey: string | undefined };

function refusalOf(hello: Hello, { nonce, origin, publicKey }: Claim): CloseReason | null {
  if (publicKey === undefined) return "unknown_agent";
  const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: publicKey }, format: "jwk" });
  const proof = helloProof(hello, { nonce, origin, sha256: createHash("sha256") });
  return verify(null, Buffer.from(proof), key, Buffer.from(hello.signature, "base64url")) ? null : "bad_signature";
}
