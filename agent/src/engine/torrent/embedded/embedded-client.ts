import type { EngineLog } from "../../options.ts";
import type { TorrentClient } from "../client.ts";

export type EmbeddedOptions = {
  /** The first free port of these is listened on; 0 to 0 lets the system pick one. */
  ports: { first: number; last: number };
  /** 20 bytes in hexadecimal; by default a new one for each start. */
  peerId?: string;
  /** Absolute, this client's own: what is kept over a restart. Null: nothing is. */
  stateFolder: string | null;
  /** Lets peers, trackers and web seeds be on loopback and in private networks (tests, LAN). */
  allowPrivate: boolean;
  /** Whether peers are looked for in the distributed hash table. */
  dht?: boolean;
  log: EngineLog;
};

/** A client inside this process: TCP and uTP peers, trackers, web seeds. */
export interface EmbeddedClient extends TorrentClient {
  /** The port that is really listened on. */
  readonly port: number;
  /** 40 lower-case hexadecimal digits. */
  readonly peerId: string;
}

/** All ports of a range are taken. */
export class PortsTakenError extends Error {
  constructor({ first, last }: EmbeddedOptions["ports"]) {
    super(`No port from ${first} to ${last} is free`);
    this.name = "PortsTakenError";
  }
}
