import type { EngineLog, HttpLimits } from "../../options.ts";
import type { TorrentClient } from "../client.ts";
import type { EmbeddedLimits } from "./limits.ts";

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
  /** What a peer is tried over first; the other one comes next. By default TCP, which is faster. */
  first?: "tcp" | "utp";
  log: EngineLog;
  limits?: Partial<EmbeddedLimits>;
  /** For web seeds and trackers. */
  httpLimits?: Partial<HttpLimits>;
};

/** A peer that a torrent is connected to at this moment. */
export type EmbeddedPeer = { address: string; over: "tcp" | "utp"; isIncoming: boolean };

/** A client inside this process: TCP and uTP peers, trackers, web seeds. */
export interface EmbeddedClient extends TorrentClient {
  /** The port that is really listened on. */
  readonly port: number;
  /** 40 lower-case hexadecimal digits. */
  readonly peerId: string;
  /** The peers of one torrent; empty for one that is not there. */
  peers(infoHash: string): EmbeddedPeer[];
}

/** All ports of a range are taken. */
export class PortsTakenError extends Error {
  constructor({ first, last }: EmbeddedOptions["ports"]) {
    super(`No port from ${first} to ${last} is free`);
    this.name = "PortsTakenError";
  }
}
