import { Secret } from "@modfleet/protocol";
import { io, type ManagerOptions, type Socket, type SocketOptions } from "socket.io-client";
import { type Answer, fail, type RestTorrent } from "../src/local/resttorrent/rest-torrent.ts";
import { SocketDoor, type SocketDoorOptions } from "../src/local/resttorrent/socket-door.ts";
import { openLocalSurface } from "../src/local/server.ts";
import { silentLog } from "../src/log.ts";
import { aStatus } from "./a-status.ts";

export type Execute = RestTorrent["execute"];
type ClientOptions = Partial<ManagerOptions & SocketOptions>;

export const FILE_BYTES_MAX = 256 * 1024;
export const TOKEN = "the token of this door";

/** Says back what it was told. */
export const echo: Execute = async (command, parameters) => ({ status: "success", command, parameters });

/** The door on a real local port, before a RestTorrent that does as told. */
export async function socketBench(execute: Execute = echo, given: Partial<SocketDoorOptions> = {}) {
  const door = new SocketDoor({ rest: { execute }, fileBytesMax: FILE_BYTES_MAX, log: silentLog, ...given });
  const surface = await openLocalSurface({
    ...{ host: "127.0.0.1", port: 0, origins: ["https://tools.example"], token: new Secret(TOKEN) },
    ...{ status: aStatus, drain: () => {}, log: silentLog, doors: [door] },
  });
  const sockets: Socket[] = [];
  /** A client that is not connected yet. */
  const client = (options: ClientOptions = {}): Socket => {
    const socket = io(surface.url, { reconnection: false, forceNew: true, ...options });
    sockets.push(socket);
    return socket;
  };
  const connected = async (options: ClientOptions = {}): Promise<Socket> => {
    const socket = client(options);
    await happened(socket, "connect");
    return socket;
  };
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.disconnect();
    await door.close();
    await surface.close();
  };
  return { door, url: surface.url, client, connected, [Symbol.asyncDispose]: close };
}

/** What the next event of this name brings; where a client cannot come in, why. */
export function happened(socket: Socket, name: string): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  socket.once(name, resolve);
  if (name !== "connect_error") socket.once("connect_error", reject);
  return promise;
}

/** Collects what is emitted to a client. */
export function heardBy(socket: Socket): unknown[] {
  const heard: unknown[] = [];
  socket.on("v1", (...values: unknown[]) => heard.push(...values));
  return heard;
}

/** Answers each command only when it is told to. */
export function slowly() {
  const held: (() => void)[] = [];
  const begun: string[] = [];
  const execute: Execute = async (command, _parameters, signal) => {
    begun.push(command);
    const { promise, resolve } = Promise.withResolvers<Answer>();
    held.push(() => resolve({ status: "success", command }));
    signal.addEventListener("abort", () => resolve(fail("agent.busy", "The agent stops")));
    return promise;
  };
  const release = (): void => {
    for (const answer of held.splice(0)) answer();
  };
  return { execute, begun, release };
}

export const TRANSPORTS = [["polling"], ["websocket"]] as const;
