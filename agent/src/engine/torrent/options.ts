import type { EngineLog, HttpLimits } from "../options.ts";
import type { TorrentClient } from "./client.ts";

/** Every wait and bound of the torrent engine, in milliseconds and bytes; tests hand in a changed copy. */
export const TORRENT_LIMITS = {
  /** How often a running torrent is looked at. */
  pollMs: 500,
  /** Until the metadata of a magnet link has to be there. */
  metadataMs: 2 * 60_000,
  /** The same while no tracker wants to know of it, and while there is nobody to ask at all. */
  refusedMs: 20_000,
  nobodyMs: 10_000,
  /** Without a verified byte a download is given up; a piece of 16 MiB may take its time. */
  stallMs: 15 * 60_000,
  /** A torrent that is missing from the client's list for so long is added again. */
  forgottenMs: 3_000,
  /** A torrent server that restarts is waited for. */
  serverDownMs: 2 * 60_000,
  /** One answer of a torrent server to `doctor`. */
  checkMs: 10_000,
  /** How often seeding is looked at. */
  tickMs: 15_000,
  /** What was loaded of a torrent waits for a next try. */
  partialKeptMs: 24 * 60 * 60_000,
  /** What the client may take for its farewells. */
  closeMs: 4_000,
};
export type TorrentEngineLimits = { readonly [Name in keyof typeof TORRENT_LIMITS]: number };

/**
 * Where a client keeps what it needs over a restart; null: it keeps nothing. `allowPrivate` is asked for by somebody who named a
 * private place, whatever the configuration says.
 */
export type OpenTorrentClient = (place: { stateFolder: string | null; allowPrivate?: true }) => Promise<TorrentClient>;

export type TorrentOptions = {
  /** Absolute, in the agent's data, this engine's own: the data of torrents and what is known of them. */
  folder: string;
  /** Called once a torrent is there, and again after a failure. */
  openClient: OpenTorrentClient;
  /** The torrent server as messages show it; null: the client runs inside the agent. */
  server: string | null;
  /** Seeding ends at this many times the size, or this long after the end, whichever comes first; 0: at once. */
  seeding: { ratio: number; ms: number };
  /** Milliseconds UTC. */
  now: () => number;
  log: EngineLog;
  /** Lets metainfo come from loopback and private networks (tests, LAN). */
  allowPrivate?: boolean;
  limits?: Partial<TorrentEngineLimits>;
  httpLimits?: Partial<HttpLimits>;
};
