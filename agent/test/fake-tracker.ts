import { randomBytes } from "node:crypto";
import { createSocket, type RemoteInfo } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:http";
import { bencode } from "./a-torrent.ts";
import { endServer, listenOnLoopback } from "./loopback.ts";

/** What a client told a tracker. */
export type Heard = { infoHash: string; peerId: string; port: number; event: string; left: number; uploaded: number };

export type FakeTracker = AsyncDisposable & {
  url: string;
  heard: Heard[];
  /** In place of peers. */
  refuse(reason: string | null): void;
  /** Told to everybody besides those who announced themselves: `ip:port`. */
  peers: Peer[];
};

type Peer = { ip: string; port: number };

/** Knows who announced which torrent, and tells the others. */
function createSwarms(extra: Peer[]) {
  const swarms = new Map<string, Map<string, number>>();
  return {
    announce(one: Heard): Peer[] {
      const swarm = swarms.get(one.infoHash) ?? new Map<string, number>();
      swarms.set(one.infoHash, swarm);
      if (one.event === "stopped") swarm.delete(one.peerId);
      else swarm.set(one.peerId, one.port);
      const others = [...swarm].filter(([peerId]) => peerId !== one.peerId);
      return [...others.map(([, port]) => ({ ip: "127.0.0.1", port })), ...extra];
    },
  };
}

type Given = {
  /** Else answers are a list of dictionaries, names of hosts included. */
  isCompact?: boolean;
  /** Who is told to whom; by default all who announced the same torrent. */
  others?: (one: Heard) => Peer[];
};

/** An HTTP tracker (BEP 3, compact answers of BEP 23). */
export async function fakeHttpTracker({ isCompact = true, others }: Given = {}): Promise<FakeTracker> {
  const heard: Heard[] = [];
  const extra: Peer[] = [];
  const { announce } = createSwarms(extra);
  let reason: string | null = null;
  const server = createServer((request, response) => {
    const told = heardIn(request.url ?? "");
    heard.push(told);
    const peers = (others ?? announce)(told);
    const list = isCompact ? Buffer.concat(peers.map(compact)) : peers;
    response.end(bencode(reason === null ? { interval: 1800, peers: list } : { "failure reason": reason }));
  });
  return {
    ...{ url: `http://127.0.0.1:${await listenOnLoopback(server)}/announce`, heard, peers: extra },
    refuse: (why) => {
      reason = why;
    },
    [Symbol.asyncDispose]: () => endServer(server),
  };
}

function heardIn(url: string): Heard {
  const query = new Map(
    url
      .slice(url.indexOf("?") + 1)
      .split("&")
      .map((pair) => {
        const [key = "", value = ""] = pair.split("=");
        return [key, value];
      }),
  );
  // Not every byte is a character, so it is undone by hand.
  const hex = (key: string): string =>
    (query.get(key) ?? "").replace(
      /%([0-9a-f]{2})|./gi,
      (all, digits?: string) => digits?.toLowerCase() ?? Buffer.from(all).toString("hex"),
    );
  const number = (key: string): number => Number(query.get(key));
  return {
    ...{ infoHash: hex("info_hash"), peerId: hex("peer_id"), event: query.get("event") ?? "" },
    ...{ port: number("port"), left: number("left"), uploaded: number("uploaded") },
  };
}

const compact = ({ ip, port }: Peer): Buffer => Buffer.from([...ip.split(".").map(Number), port >> 8, port & 255]);

/** A UDP tracker (BEP 15) that loses the first `lost` datagrams. */
export async function fakeUdpTracker({ lost = 0 } = {}): Promise<FakeTracker> {
  const heard: Heard[] = [];
  const extra: Peer[] = [];
  const { announce } = createSwarms(extra);
  const connections = new Set<string>();
  let reason: string | null = null;
  let ignored = 0;
  const socket = createSocket("udp4");
  const answer = (parts: Buffer[], { port, address }: RemoteInfo) => socket.send(Buffer.concat(parts), port, address);
  const head = (action: number, message: Buffer) => Buffer.from([0, 0, 0, action, ...message.subarray(12, 16)]);
  socket.on("message", (message, from) => {
    ignored += 1;
    if (ignored <= lost || message.length < 16) return;
    // Somebody else's answer has to be passed over.
    answer([Buffer.from([0, 0, 0, 0, 9, 9, 9, 9]), randomBytes(8)], from);
    if (message.readUInt32BE(8) === 0) {
      const connection = randomBytes(8);
      connections.add(connection.toString("hex"));
      answer([head(0, message), connection], from);
    } else if (reason !== null || !connections.has(message.toString("hex", 0, 8))) {
      answer([head(3, message), Buffer.from(reason ?? "unknown connection")], from);
    } else {
      const told = toHeard(message);
      heard.push(told);
      const peers = announce(told);
      const numbers = Buffer.alloc(12);
      numbers.writeUInt32BE(1800);
      answer([head(1, message), numbers, ...peers.map(compact)], from);
    }
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return {
    ...{ url: `udp://127.0.0.1:${socket.address().port}/announce`, heard, peers: extra },
    refuse: (why) => {
      reason = why;
    },
    async [Symbol.asyncDispose]() {
      socket.close();
      await once(socket, "close");
    },
  };
}

function toHeard(message: Buffer): Heard {
  return {
    ...{ infoHash: message.toString("hex", 16, 36), peerId: message.toString("hex", 36, 56) },
    ...{ left: Number(message.readBigUInt64BE(64)), uploaded: Number(message.readBigUInt64BE(72)) },
    ...{
      event: ["", "completed", "started", "stopped"][message.readUInt32BE(80)] ?? "?",
      port: message.readUInt16BE(96),
    },
  };
}
