import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { listenOnLoopback } from "./loopback.ts";

const PROTOCOL = Buffer.from("\u0013BitTorrent protocol", "latin1");

/** One message of the peer protocol (BEP 3). */
export function message(id: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat([Buffer.from([id]), ...parts]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  return Buffer.concat([length, body]);
}

export function uint32(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, at) => void bytes.writeUInt32BE(value >>> 0, at * 4));
  return bytes;
}

/** A handshake with all extensions on. */
export const handshake = (hash: string, peerId = "-XX0000-hostile peer"): Buffer =>
  Buffer.concat([PROTOCOL, Buffer.from([0, 0, 0, 0, 0, 0x10, 0, 4]), Buffer.from(hash, "hex"), Buffer.from(peerId)]);

/** Sends bytes to a port, and resolves when the other side has hung up. */
export async function hungUp(port: number, bytes: Uint8Array): Promise<void> {
  const socket = await dial(port);
  const closed = closing(socket);
  socket.write(bytes);
  await closed;
}

/** Resolves when a connection is gone, whatever the reason. */
export const closing = (socket: Socket): Promise<void> =>
  new Promise((resolve) => socket.once("close", () => resolve()));

export async function dial(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  socket.on("error", () => undefined).resume();
  return socket;
}

/** A connection on which both sides have greeted each other. */
export async function greeted(port: number, hash: string): Promise<Socket> {
  const socket = await dial(port);
  socket.write(handshake(hash));
  await once(socket, "data");
  return socket;
}

export type HostilePeer = AsyncDisposable & { port: number; connections: number };

/** Waits for connections, and does with each what `act` wants. */
export async function hostilePeer(act: (socket: Socket) => void): Promise<HostilePeer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    peer.connections += 1;
    sockets.add(socket.on("error", () => undefined));
    act(socket);
  });
  const peer: HostilePeer = {
    port: await listenOnLoopback(server),
    connections: 0,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
  return peer;
}
