import { randomBytes } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { compactPeers } from "./announce-http.ts";
import type { Announced, Announcement } from "./announcement.ts";
import type { EmbeddedLimits } from "./limits.ts";
import { resolveHost } from "./reach.ts";

const MAGIC = 0x41727101980n;
const ACTION = { connect: 0, announce: 1, error: 3 };
const EVENTS = { completed: 1, started: 2, stopped: 3 };

type Way = { allowPrivate: boolean; limits: EmbeddedLimits; signal: AbortSignal };

/** Tells a UDP tracker about us (BEP 15). Throws when it refuses, is silent, or answers nonsense. */
export async function announceUdp(tracker: string, announcement: Announcement, way: Way): Promise<Announced> {
  const url = new URL(tracker);
  // Of a scheme that is not the web's, Node knows neither the port nor the brackets.
  const { address, family } = await resolveHost(url.hostname, way);
  const socket = createSocket(family === 6 ? "udp6" : "udp4");
  try {
    socket.connect(Number(url.port || 80), address);
    await once(socket, "connect", { signal: way.signal });
    const greeting = Buffer.alloc(8);
    greeting.writeBigUInt64BE(MAGIC);
    const connected = await ask(socket, { head: greeting, action: ACTION.connect, body: Buffer.alloc(0) }, way);
    const connection = connected.subarray(0, 8);
    if (connection.length < 8) throw new Error("It answered nonsense");
    const body = bodyOf(announcement);
    return toAnnounced(
      await ask(socket, { head: connection, action: ACTION.announce, body }, way),
      family === 6 ? 16 : 4,
    );
  } finally {
    socket.close();
  }
}

type Question = { head: Buffer; action: number; body: Buffer };

/** Sends a question until it is answered; datagrams get lost. What follows the answer's head is returned. */
async function ask(socket: Socket, { head, action, body }: Question, { limits, signal }: Way): Promise<Buffer> {
  const transaction = randomBytes(4);
  const message = Buffer.concat([head, Buffer.from([0, 0, 0, action]), transaction, body]);
  for (let turn = 0; turn < limits.datagramsMax; turn += 1) {
    const until = AbortSignal.any([signal, AbortSignal.timeout(limits.datagramMs * 2 ** turn)]);
    const answer = answerOf(socket, transaction, until);
    socket.send(message);
    const bytes = await answer.catch((error: unknown) => {
      signal.throwIfAborted();
      if (until.aborted) return null;
      throw error;
    });
    if (bytes === null) continue;
    if (bytes.readUInt32BE(0) === ACTION.error) throw new Error(bytes.toString("utf8", 8, 208));
    if (bytes.readUInt32BE(0) !== action) throw new Error("It answered nonsense");
    return bytes.subarray(8);
  }
  throw new Error("It does not answer");
}

/** The next datagram of this transaction; others are passed over. */
async function answerOf(socket: Socket, transaction: Buffer, signal: AbortSignal): Promise<Buffer> {
  for (;;) {
    // `once` rejects for the socket's errors, too.
    const [bytes] = await once(socket, "message", { signal });
    if (Buffer.isBuffer(bytes) && bytes.length >= 8 && bytes.subarray(4, 8).equals(transaction)) return bytes;
  }
}

function bodyOf({ infoHash, peerId, event, port, uploaded, downloaded, left, wanted }: Announcement): Buffer {
  const numbers = Buffer.alloc(42);
  numbers.writeBigUInt64BE(BigInt(downloaded), 0);
  numbers.writeBigUInt64BE(BigInt(left), 8);
  numbers.writeBigUInt64BE(BigInt(uploaded), 16);
  numbers.writeUInt32BE(event === null ? 0 : EVENTS[event], 24);
  // The four bytes at 28 are our address, which the tracker sees itself.
  randomBytes(4).copy(numbers, 32);
  numbers.writeInt32BE(wanted, 36);
  numbers.writeUInt16BE(port, 40);
  return Buffer.concat([Buffer.from(infoHash, "hex"), Buffer.from(peerId, "hex"), numbers]);
}

function toAnnounced(bytes: Buffer, addressBytes: 4 | 16): Announced {
  if (bytes.length < 12) throw new Error("It answered nonsense");
  return { intervalMs: bytes.readUInt32BE(0) * 1_000, peers: compactPeers(bytes.subarray(12), addressBytes) };
}
