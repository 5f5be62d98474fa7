import type { IncomingMessage } from "node:http";
import { type WebSocket, WebSocketServer } from "ws";
import type { Log } from "../../log.ts";
import type { Door } from "../door.ts";
import { refuseUpgrade } from "../upgrade.ts";
import { ClientSocket } from "./client-socket.ts";
import type { Say } from "./conversation.ts";
import { DownloadList, type ListOptions } from "./download-list.ts";
import type { Downloads } from "./downloads.ts";
import { JsonClient } from "./json-client.ts";
import { SUBPROTOCOL } from "./messages.ts";
import { PlainClient } from "./plain-client.ts";
import { textsFor } from "./texts.ts";
import { URL_LENGTH_MAX } from "./url-form.ts";

export type ConsoleOptions = ListOptions & {
  downloads: Downloads;
  log: Log;
  /** Between two looks whether a client still lives. */
  lookMs?: number;
};

/** The WebSocket console: one set of lists, any number of clients. */
export interface Console extends Door {
  readonly list: DownloadList;
  /** How many are connected. */
  clients(): number;
  /** Ends clients and downloads; what was loading goes on at the next start. */
  close(): Promise<void>;
}

const LOOK_MS = 30_000;
const CLIENTS_MAX = 64;
/** Longer frames end their connection with 1009. */
const FRAME_BYTES_MAX = 2 * 1024 * 1024;
const MESSAGE_BYTES_MAX = 256 * 1024;
/** A URL of the greatest length in the longest letters. */
const COMMAND_BYTES_MAX = URL_LENGTH_MAX * 4;

/** Opens the console and goes on with what it was loading. Throws when its folder or its lists cannot be used. */
export function openConsole(options: ConsoleOptions): Console {
  const { lookMs = LOOK_MS } = options;
  const list = new DownloadList(options);
  const clients = new Set<ClientSocket>();
  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: FRAME_BYTES_MAX,
    handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
  });
  const looking = setInterval(() => {
    for (const client of clients) client.lookAfter();
  }, lookMs);
  let isClosed = false;

  return {
    list,
    path: "/",
    clients: () => clients.size,
    upgrade(request, stream, head) {
      if (isClosed || clients.size >= CLIENTS_MAX) return refuseUpgrade(stream, 503, "Too many clients");
      sockets.handleUpgrade(request, stream, head, (socket) => {
        const client = openClient(socket, request, { ...options, list });
        clients.add(client);
        void client.ended.then(() => clients.delete(client));
      });
    },
    async close() {
      isClosed = true;
      clearInterval(looking);
      await Promise.all([...clients].map((client) => client.close()));
      await list.close();
    },
  };
}

type Parts = ConsoleOptions & { list: DownloadList };

function openClient(socket: WebSocket, request: IncomingMessage, parts: Parts): ClientSocket {
  if (socket.protocol === SUBPROTOCOL) {
    const converse = (say: Say, signal: AbortSignal) => new JsonClient({ ...parts, say, signal });
    return new ClientSocket(socket, { ...parts, textBytesMax: MESSAGE_BYTES_MAX, converse });
  }
  const { searchParams } = new URL(request.url ?? "/", "http://agent");
  const [strict, texts] = [searchParams.get("strict") === "1", textsFor(searchParams.get("lang"))];
  return new ClientSocket(socket, {
    ...parts,
    textBytesMax: COMMAND_BYTES_MAX,
    converse: (say, signal) => new PlainClient({ ...parts, say, signal, strict, texts }),
  });
}
