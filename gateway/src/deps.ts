import type { AgentId, GatewayMessage, IdPrefix, JobId, Limits, ModId, SourceKind } from "@modfleet/protocol";
import type { BlobStore } from "./blobs/blob-store.ts";
import type { VerifyArchive } from "./blobs/verify-archive.ts";
import type { Config } from "./config.ts";
import type { Connected } from "./domain/agent.ts";
import type { Version } from "./domain/catalogue.ts";
import type { Declines } from "./domain/declines.ts";
import type { HeldPieces } from "./domain/pieces.ts";
import type { CounterKind, DurationKind } from "./domain/statistics.ts";
import type { Log } from "./log.ts";
import type { Steam } from "./steam/steam.ts";
import type { AgentStore } from "./store/agents.ts";
import type { CatalogueStore } from "./store/catalogue.ts";
import type { Database } from "./store/database.ts";
import type { JobStore } from "./store/jobs.ts";
import type { NetworkStore } from "./store/networks.ts";
import type { ShelfStore } from "./store/shelf.ts";
import type { StatisticsStore } from "./store/statistics.ts";
import type { UploadStore } from "./store/uploads.ts";

/** The sockets of this process. Rows are the truth; this is a doorbell. */
export interface Fleet {
  connected(): readonly Connected[];
  /** False when the agent is not connected here or its socket is too full for this message. */
  tell(agent: AgentId, message: GatewayMessage): boolean;
  disconnect(agent: AgentId, reason: "revoked"): void;
  /** When an agent that can fetch this kind was last connected to this process; null when none was. */
  lastCapableAt(kind: SourceKind): number | null;
}

/** In-process doorbells. Losing a ring loses time, never work. */
export interface Bells {
  /** Something can be dispatched. */
  dispatch: Bell<void>;
  /** A result waits for verification. */
  verify: Bell<void>;
  /** A version was published: its mod's page, and perhaps its game, are to be read. */
  pages: Bell<void>;
  /** A job changed: its watchers read it again. */
  job: Bell<JobId>;
}

export interface Bell<Value> {
  ring(value: Value): void;
  /** Calls `listener` on every ring until the returned function is called. */
  listen(listener: (value: Value) => void): () => void;
}

/** Counts without a write per read: what happened within a second is stored in one batch. */
export interface Counters {
  /** One more of `kind` in this hour and day. */
  count(kind: CounterKind): void;
  /** A file of the mod was sent: its downloads and those of its games grow, it counts as requested now, and `files_sent` too. */
  sent(mod: ModId): void;
  /** Something that began at `startedAt` is over. */
  took(kind: DurationKind, startedAt: number): void;
  /** Stores everything so far. Never throws; what could not be stored is tried again with the next flush. */
  flush(): Promise<void>;
  /** Resolves once every file sent so far is stored, so that the next read of the catalogue has it; at once when all are. */
  settled(): Promise<void>;
  /** Stops the clock and flushes. */
  close(): Promise<void>;
}

/** Everything the outside world and the stores offer. Actions and routes take a `Pick` of it. */
export type Deps = {
  config: Config;
  limits: Limits;
  log: Log;
  /** Milliseconds UTC. */
  now: () => number;
  /** In [0, 1). */
  random: () => number;
  randomBytes: (bytes: number) => Uint8Array;
  newId: (prefix: IdPrefix) => string;
  database: Database;
  agents: AgentStore;
  catalogue: CatalogueStore;
  jobs: JobStore;
  networks: NetworkStore;
  shelf: ShelfStore;
  statistics: StatisticsStore;
  counters: Counters;
  uploads: UploadStore;
  blobs: BlobStore;
  verifyArchive: VerifyArchive;
  /** The pieces of a version's archive, for its torrent. */
  piecesOf: (version: Version) => Promise<HeldPieces>;
  steam: Steam;
  fleet: Fleet;
  bells: Bells;
  declines: Declines;
  /** Signs upload tokens; the same for every gateway on one database. */
  uploadSecret: Uint8Array;
};
