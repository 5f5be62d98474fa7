import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { Server } from "socket.io";
import type { Log } from "../../log.ts";
import type { Door, Form, Refused } from "../door.ts";
import { refuseUpgrade } from "../upgrade.ts";
import type { RestTorrent } from "./rest-torrent.ts";
import { type Events, SocketClient } from "./socket-door-client.ts";

export type SocketDoorOptions = {
  rest: Pick<RestTorrent, "execute">;
  /** The largest file that an upload may carry. */
  fileBytesMax: number;
  clientsMax?: number;
  /** Commands of one client that may wait for their turn. */
  waitingMax?: number;
  log: Log;
};

const PATH = "/socket.io/";
const CLIENTS_MAX = 32;
const WAITING_MAX = 1_024;
const TEXT_BYTES_MAX = 64 * 1024;
/** For a client that connects and says nothing. */
const CONNECT_MS = 10_000;
/** For a client that is to be told over polling that it was closed, and asks no more. */
const GOODBYE_MS = 1_000;
/** Engine.IO's number for "forbidden". */
const FORBIDDEN = 4;

/** Socket.IO wants an HTTP server of its own: this one listens nowhere and is handed what our door lets in. */
type Loaded = { io: Server<Events, Events>; http: ReturnType<typeof createServer> };

/** RestTorrent's commands over Socket.IO 4, which is loaded when the first client comes: nobody else shall pay for it. */
export class SocketDoor implements Door {
  readonly path = PATH;
  readonly takesBelow = true;
  readonly isChangedByReading = true;
  readonly #options: SocketDoorOptions;
  readonly #closing = new AbortController();
  readonly #clients = new Set<SocketClient>();
  #loading: Promise<Loaded> | undefined = undefined;

  constructor(options: SocketDoorOptions) {
    this.#options = options;
  }

  refusal({ title }: Refused): Form {
    return form(title);
  }

  answer(request: IncomingMessage, response: ServerResponse): void {
    void this.#enter(request, {
      come: ({ http }) => http.emit("request", request, response),
      refuse: (status, message) => {
        const { type, body } = form(message);
        response.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(body) }).end(body);
      },
    });
  }

  upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    // It may break while Socket.IO is loaded.
    stream.on("error", () => stream.destroy());
    void this.#enter(request, {
      come: ({ http }) => http.emit("upgrade", request, stream, head),
      refuse: (status, title) => refuseUpgrade(stream, status, { title, ...form(title) }),
    });
  }

  /** Ends clients and what waits of theirs; commands that run are told to stop. */
  async close(): Promise<void> {
    this.#closing.abort();
    const loaded = await this.#loading?.catch(() => null);
    await loaded?.io.close();
    await Promise.all([...this.#clients].map(({ ended }) => ended));
  }

  async #enter({ url = "" }: IncomingMessage, visit: Visit): Promise<void> {
    // Not `/x/../socket.io/`, nor a target with a host, which Socket.IO would leave without an answer.
    if (!url.startsWith(PATH)) return visit.refuse(404, "There is nothing here");
    try {
      this.#loading ??= this.#load();
      const loaded = await this.#loading;
      if (this.#closing.signal.aborted || (isNew(url) && this.#isFull(loaded))) visit.refuse(503, "Too many clients");
      else visit.come(loaded);
    } catch (cause) {
      this.#options.log.error("Socket.IO failed", { cause });
      visit.refuse(500, "Something went wrong, the agent's log says what");
    }
  }

  /** Clients that left count until everything they asked for is done. */
  #isFull({ io }: Loaded): boolean {
    const { clientsMax = CLIENTS_MAX } = this.#options;
    return Math.max(io.engine.clientsCount, this.#clients.size) >= clientsMax;
  }

  async #load(): Promise<Loaded> {
    const { fileBytesMax, waitingMax = WAITING_MAX } = this.#options;
    const { Server: SocketServer } = await import("socket.io");
    const http = createServer();
    const io = new SocketServer<Events, Events>(http, {
      path: PATH,
      // Whoever comes so far may come: the Origin was looked at before.
      cors: { origin: true },
      serveClient: false,
      httpCompression: false,
      connectTimeout: CONNECT_MS,
      // Polling carries bytes as base64.
      maxHttpBufferSize: Math.ceil((fileBytesMax * 4) / 3) + TEXT_BYTES_MAX,
    });
    // Engine.IO has no option for it: half a minute, in which nobody takes its place and the agent could not end.
    io.engine.on("connection", ({ transport }: { transport: object }) => {
      Reflect.set(transport, "closeTimeout", GOODBYE_MS);
    });
    const bounds = { waitingMax, waitingBytesMax: 2 * (fileBytesMax + TEXT_BYTES_MAX) };
    io.on("connection", (socket) => {
      const client = new SocketClient(socket, { ...this.#options, ...bounds, signal: this.#closing.signal });
      this.#clients.add(client);
      // It settles and never rejects.
      void client.ended.then(() => this.#clients.delete(client));
    });
    return { io, http };
  }
}

type Visit = { come: (loaded: Loaded) => void; refuse: (status: number, message: string) => void };

const isNew = (url: string): boolean => !new URL(url, "http://agent").searchParams.has("sid");

function form(message: string): Form {
  return { type: "application/json", body: JSON.stringify({ code: FORBIDDEN, message }) };
}
