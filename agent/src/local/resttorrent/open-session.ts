import { join } from "node:path";
import type { TorrentClient } from "../../engine/torrent/client.ts";
import { PortsTakenError } from "../../engine/torrent/embedded/embedded.ts";
import type { Log } from "../../log.ts";
import type { PortRange } from "./parameters.ts";
import { RestError } from "./rest-torrent.ts";
import type { SessionRecord } from "./session-records.ts";
import { openToldProgress, type ToldProgress } from "./told-progress.ts";

/** What a session needs of its client: the embedded one has more. */
export type SessionClient = TorrentClient & {
  /** The port that is really listened on. */
  readonly port: number;
};

/** Opens a torrent client of its own for a session. `stateFolder` null: nothing of it survives a restart. */
export type OpenClient = (options: {
  ports: PortRange;
  peerId: string;
  stateFolder: string | null;
}) => Promise<SessionClient>;

/** One session: a client on a port. */
export type Session = {
  id: string;
  isKept: boolean;
  client: SessionClient;
  told: ToldProgress;
  /** Uploads that are on their way into the client. */
  adding: number;
  /** Fires when the session is deleted or the agent stops, with the refusal for whoever waits. */
  ending: AbortController;
};

/** Errors of a port that somebody else has, or that this user may not have. */
const NO_PORT = new Set(["EADDRINUSE", "EACCES", "EADDRNOTAVAIL"]);

export type SessionPlace = {
  /** Absolute, of this session alone; null: it is not kept. */
  folder: string | null;
  openClient: OpenClient;
  log: Log;
};

/** Opens the session of a record. Throws `session.bind` where none of its ports can be had. */
export async function openSession({ id, ports }: SessionRecord, place: SessionPlace): Promise<Session> {
  const { folder, openClient, log } = place;
  const inFolder = (name: string): string | null => (folder === null ? null : join(folder, name));
  try {
    const client = await openClient({ ports, peerId: id, stateFolder: inFolder("client") });
    const told = openToldProgress(inFolder("told.json"), log);
    return { id, isKept: folder !== null, client, told, adding: 0, ending: new AbortController() };
  } catch (cause) {
    throw isOfPort(cause) ? noPort(ports, cause) : cause;
  }
}

/** Its port is free afterwards. */
export async function closeSession({ id, client, told }: Session, log: Log): Promise<void> {
  told.close();
  try {
    await client.close();
  } catch (cause) {
    log.warn("A torrent session did not end well", { id, cause });
  }
}

function isOfPort(error: unknown): boolean {
  if (error instanceof PortsTakenError) return true;
  return error instanceof Error && "code" in error && NO_PORT.has(String(error.code));
}

/** Begins with the text that the original promised. */
function noPort({ first, last }: PortRange, cause: unknown): RestError {
  const which = first === last ? `port ${first} is not free` : `no port from ${first} to ${last} is free`;
  const advice = "send another port_range, or 0,0 for any port";
  return new RestError("session.bind", `bind failed address already in use: ${which}, ${advice}`, cause);
}
