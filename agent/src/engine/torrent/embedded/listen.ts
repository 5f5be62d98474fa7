import { once } from "node:events";
import type WebTorrent from "webtorrent";
import type { UtpServer } from "webtorrent";
import type WebConn from "webtorrent/lib/webconn.js";
import { type EmbeddedOptions, PortsTakenError } from "./embedded.ts";
import { guardIncoming } from "./guard-incoming.ts";
import { hardenWires } from "./guard-wires.ts";
import type { EmbeddedLimits } from "./limits.ts";

export type Listening = {
  client: WebTorrent;
  WebConnection: typeof WebConn;
  version: string;
  /** Ends all connections; resolves when the ports are free again. */
  close(): Promise<void>;
};

/** Ports that the system picks are free for TCP, not always for UDP. */
const SYSTEM_TRIES = 10;

/** Starts WebTorrent on the first free port. It is loaded here, because it costs memory. Throws `PortsTakenError`. */
export async function listen(options: EmbeddedOptions, limits: EmbeddedLimits): Promise<Listening> {
  const [{ default: Client }, { default: WebConnection }] = await Promise.all([
    import("webtorrent"),
    import("webtorrent/lib/webconn.js"),
  ]);
  hardenWires(Object.getPrototypeOf(WebConnection.prototype), limits);
  for (const port of portsOf(options.ports)) {
    const client = new Client({
      ...(options.peerId === undefined ? {} : { peerId: options.peerId }),
      ...{ torrentPort: port, dht: options.dht === true ? {} : false, maxConns: limits.outgoingMax },
      ...{ tracker: false, lsd: false, natUpnp: false, natPmp: false, webSeeds: false, secure: 1 },
    });
    const problem = await untilListening(client);
    const close = closing(client, limits);
    if (problem === null) {
      if (client._connPool !== null) guardIncoming(client._connPool, limits);
      client.on("error", (error: Error) =>
        options.log.warn({ error: error.message }, "The torrent client has a problem"),
      );
      return { client, WebConnection, version: Client.VERSION, close };
    }
    await close();
    if (problem.code !== "EADDRINUSE" && problem.code !== "EACCES") throw problem;
  }
  throw new PortsTakenError(options.ports);
}

function portsOf({ first, last }: EmbeddedOptions["ports"]): number[] {
  if (first === 0) return Array.from({ length: SYSTEM_TRIES }, () => 0);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => first + at);
}

/** Null when it listens, over TCP and, where the platform has it, uTP. */
async function untilListening(client: WebTorrent): Promise<NodeJS.ErrnoException | null> {
  let problem: NodeJS.ErrnoException | null = null;
  const note = (error: NodeJS.ErrnoException): void => {
    problem ??= error;
  };
  client.on("error", note);
  // TCP alone still listens after uTP has failed; both shall have the same port.
  await Promise.race([once(client, "listening"), new Promise((resolve) => client.once("error", resolve))]).catch(
    () => undefined,
  );
  if (problem === null) client.removeListener("error", note);
  return problem;
}

function closing(client: WebTorrent, { utpCloseMs }: EmbeddedLimits): () => Promise<void> {
  const pool = client._connPool;
  const utp = pool?.utpServer;
  const servers = [pool?.tcpServer, pool?.utpServer].filter((server) => server != null);
  return async () => {
    // Of two servers WebTorrent only waits for the first.
    const closed = servers.filter(isOpen).map((server) => once(server, "close"));
    if (!client.destroyed) await new Promise<void>((resolve) => client.destroy(() => resolve()));
    const timer = setTimeout(() => (utp === undefined ? null : dropConnections(utp)), utpCloseMs);
    await Promise.all(closed);
    clearTimeout(timer);
  };
}

/** A peer that has gone without an answer would keep the port for half a minute. */
function dropConnections(server: UtpServer): void {
  for (const connection of server.connections) connection.destroy();
  server.connections = [];
  server._closeMaybe();
}

const isOpen = (server: object): boolean => !("listening" in server) || server.listening === true;
