import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { Transform } from "node:stream";
import { type RawData, WebSocket, WebSocketServer } from "ws";

/** What goes wrong on the way; a test changes it at any moment. Requests are named `PUT /agent/v1/…`, frames by their `type`. */
export type LineRules = {
  /** A request whose body stops after some bytes until the line is cut. */
  hold: (request: string) => boolean;
  /** A request of whose body one bit is turned. */
  corrupt: (request: string) => boolean;
  /** A frame that never arrives. */
  drop: (type: string) => boolean;
};

/** The volunteer's line: what the agent says and hears passes here. */
export type Line = AsyncDisposable & {
  url: string;
  rules: LineRules;
  /** Every request that was passed on so far. */
  requests: string[];
  /** The same with the status of the answer behind. */
  answered: string[];
  /** The requests whose bodies are held now. */
  held: Set<string>;
  /** The types of the frames that never arrived. */
  dropped: string[];
  /** Begins the lists anew. */
  forget(): void;
  /** Ends every connection without a goodbye; new ones may come. */
  cut(): void;
};

const PERFECT: LineRules = { hold: () => false, corrupt: () => false, drop: () => false };
const PASSED_OF_HELD_BYTES = 100_000;

/** A line to the gateway on `port`; the gateway sees the name that the agent dialled. */
export async function startLine(port: string): Promise<Line> {
  const ends = new Set<Duplex>();
  const known: Omit<Way, "target" | "ends"> = {
    requests: [],
    answered: [],
    held: new Set<string>(),
    dropped: [],
    rules: { ...PERFECT },
  };
  const way: Way = { ...known, target: `127.0.0.1:${port}`, ends };
  const server = createServer((incoming, answer) => pass(way, incoming, answer));
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  server.on("connection", (socket) => remember(ends, socket));
  server.on("upgrade", (incoming, socket, head) =>
    sockets.handleUpgrade(incoming, socket, head, (agent) => link(way, incoming, agent)),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const cut = (): void => {
    for (const end of ends) end.destroy();
  };
  const forget = (): void => {
    for (const list of [way.requests, way.answered, way.dropped]) list.length = 0;
  };
  // A server that listens on TCP has an address with a port.
  const { port: own } = server.address() as AddressInfo;
  return {
    ...{ url: `http://127.0.0.1:${own}`, rules: way.rules, cut, forget },
    ...{ requests: way.requests, answered: way.answered, held: way.held, dropped: way.dropped },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      cut();
      await closed;
    },
  };
}

/** The numbers of the parts that were sent, each as often as it was. */
export function partsSent({ requests }: Pick<Line, "requests">): number[] {
  return requests.flatMap((request) => /^PUT .*\/parts\/(\d+)$/.exec(request)?.slice(1).map(Number) ?? []).toSorted();
}

/** Whether an answer says that the gateway has this part. */
export function isStored(part: number): (answer: string) => boolean {
  return (answer) => new RegExp(`/parts/${part} 2\\d\\d$`).test(answer);
}

type Way = Pick<Line, "requests" | "answered" | "held" | "dropped" | "rules"> & { target: string; ends: Set<Duplex> };

function remember(ends: Set<Duplex>, socket: Socket): void {
  ends.add(socket);
  socket.on("error", () => {}).on("close", () => ends.delete(socket));
}

function pass(way: Way, incoming: IncomingMessage, answer: ServerResponse): void {
  const { method, url: path = "/", headers } = incoming;
  const name = `${method} ${path}`;
  way.requests.push(name);
  // No connection is kept: a restarted gateway would be met by a dead one.
  const onward = request(`http://${way.target}${path}`, { method, headers, agent: false }, (response) => {
    way.answered.push(`${name} ${response.statusCode}`);
    answer.writeHead(response.statusCode ?? 502, response.headers);
    response.pipe(answer);
  });
  onward.on("socket", (socket) => remember(way.ends, socket));
  onward.on("error", () => answer.destroy());
  answer.on("close", () => {
    way.held.delete(name);
    if (!answer.writableFinished) onward.destroy();
  });
  if (way.rules.hold(name)) holdBody(way, { incoming, onward, name });
  else if (way.rules.corrupt(name)) incoming.pipe(oneBitTurned()).pipe(onward);
  else incoming.pipe(onward);
}

type Held = { incoming: IncomingMessage; onward: NodeJS.WritableStream; name: string };

function holdBody({ held }: Way, { incoming, onward, name }: Held): void {
  let passed = 0;
  incoming.on("data", (chunk: Buffer) => {
    passed += chunk.length;
    onward.write(chunk);
    if (passed < PASSED_OF_HELD_BYTES) return;
    incoming.pause();
    held.add(name);
  });
}

function oneBitTurned(): Transform {
  let isTurned = false;
  return new Transform({
    transform(chunk: Buffer, _, done) {
      const copy = Buffer.from(chunk);
      if (!isTurned) copy[0] = (copy[0] ?? 0) ^ 1;
      isTurned = true;
      done(null, copy);
    },
  });
}

function link(way: Way, { headers, url }: IncomingMessage, agent: WebSocket): void {
  const { host = "" } = headers;
  const gateway = new WebSocket(`ws://${way.target}${url}`, { perMessageDeflate: false, headers: { host } });
  gateway.on("upgrade", ({ socket }) => remember(way.ends, socket));
  const toAgent = (data: RawData): void => {
    const type = typeOf(data);
    if (way.rules.drop(type)) way.dropped.push(type);
    else agent.send(data, { binary: false });
  };
  const waiting: RawData[] = [];
  agent.on("message", (data) => {
    if (gateway.readyState === WebSocket.CONNECTING) waiting.push(data);
    else gateway.send(data, { binary: false });
  });
  gateway.on("open", () => {
    for (const data of waiting) gateway.send(data, { binary: false });
  });
  gateway.on("message", toAgent);
  endTogether(agent, gateway);
  endTogether(gateway, agent);
}

function endTogether(one: WebSocket, other: WebSocket): void {
  one.on("error", () => other.terminate());
  // 1005 and 1006 say that no close frame came; they cannot be sent.
  one.on("close", (code, reason) => (code === 1005 || code === 1006 ? other.terminate() : other.close(code, reason)));
}

function typeOf(data: RawData): string {
  const message: unknown = JSON.parse(String(data));
  return typeof message === "object" && message !== null && "type" in message ? String(message.type) : "";
}
