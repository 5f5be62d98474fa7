import { isDiskFull } from "../failure-of.ts";

/** `checking`: what lies on disk is compared with the torrent. `metadata`: of a magnet link nothing is known yet. */
export type TorrentPhase = "checking" | "metadata" | "downloading" | "complete";

/** What is behind a problem, where a client knows more of it than words. */
export type TorrentFault =
  /** No torrent at all. */
  | "broken"
  /** Names that lead out of its folder, or cannot stand side by side on every disk. */
  | "unsafe"
  | "empty"
  | "too_large"
  | "disk_full";

/** What a client knows of one torrent. Sizes in bytes, rates in bytes per second. */
export type TorrentStatus = {
  /** 40 lower-case hexadecimal digits. */
  infoHash: string;
  /** Null until the metadata is here, unless the magnet link had one. */
  name: string | null;
  phase: TorrentPhase;
  isPaused: boolean;
  /** Verified bytes of the files that are wanted. */
  bytes: number;
  /** Bytes of the files that are wanted; null until the metadata is here. */
  totalBytes: number | null;
  uploadedBytes: number;
  downRate: number;
  upRate: number;
  peers: number;
  /** Absolute: the content lies at `<folder>/<name>`, a file or a folder. */
  folder: string;
  /** Why it does not go on, in words: a full disk, a tracker that refuses. Null while nothing is wrong. */
  problem: string | null;
  /** What that is; null or missing where nobody can tell, or nothing is wrong. */
  fault?: TorrentFault | null;
};

/** One file: its path as the torrent has it, the torrent's own folder in front (`name/sub/file`), with slashes. */
export type TorrentFileStatus = { path: string; bytes: number; doneBytes: number; isWanted: boolean };

export type TorrentOrder = {
  from: { kind: "metainfo"; bytes: Uint8Array } | { kind: "magnet"; uri: string };
  /** Absolute; made when it is missing. */
  folder: string;
  /** `host:port` of peers to begin with, beside those of a magnet link; a client may do without. */
  peers?: readonly string[];
  /** Added, and not begun. */
  isPaused?: boolean;
  /** Paths of the files that are wanted, as `TorrentFileStatus` has them; all of them when this is missing. */
  files?: readonly string[];
  /** More than this is refused as `too_large`; a magnet link's torrent is stopped with this problem. */
  maxBytes?: number;
  /** Whether it is there again after a restart; by default yes where the client keeps anything. */
  isKept?: boolean;
};

/** Rates in bytes per second for all torrents of a client together; null: no limit. */
export type TorrentLimits = { downRate: number | null; upRate: number | null };

export type TorrentProblem =
  /** The torrent or the magnet link is broken or unsafe: names that lead out of its folder, lengths that do not fit. */
  | "invalid"
  | "too_large"
  /** The client does not know this torrent. */
  | "not_found"
  | "disk"
  /** The torrent server cannot be reached, or answers nonsense. */
  | "unreachable";

export class TorrentError extends Error {
  readonly problem: TorrentProblem;

  constructor(problem: TorrentProblem, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "TorrentError";
    this.problem = problem;
  }

  get fault(): TorrentFault | null {
    if (this.problem === "disk") return isDiskFull(this.cause) ? "disk_full" : null;
    if (this.problem === "too_large") return "too_large";
    return this.problem === "invalid" ? "broken" : null;
  }
}

/** A torrent that nobody should take: `invalid`, and what is wrong with it. */
export class RefusedTorrentError extends TorrentError {
  readonly #fault: TorrentFault;

  constructor(fault: "broken" | "unsafe" | "empty", message: string, cause?: unknown) {
    super("invalid", message, cause);
    this.#fault = fault;
  }

  override get fault(): TorrentFault {
    return this.#fault;
  }
}

/**
 * A program that shares torrents, ours or somebody's. Info-hashes are taken in either case. Every method ends in bounded time and
 * rejects with `TorrentError`, or with the signal's reason.
 */
export interface TorrentClient {
  /** Its name and version, for provenance: `webtorrent 3.0.21`. */
  readonly tool: string;
  list(signal: AbortSignal): Promise<TorrentStatus[]>;
  get(infoHash: string, signal: AbortSignal): Promise<TorrentStatus | null>;
  /** Adds a torrent, or answers with the one that is there already. What lies in the folder is checked and gone on with. */
  add(order: TorrentOrder, signal: AbortSignal): Promise<TorrentStatus>;
  pause(infoHash: string, signal: AbortSignal): Promise<void>;
  resume(infoHash: string, signal: AbortSignal): Promise<void>;
  /** Takes it off the list, and its data away when asked to; nothing outside of its folder is touched. */
  remove(infoHash: string, options: { deleteData: boolean }, signal: AbortSignal): Promise<void>;
  /** Empty until the metadata is here. */
  files(infoHash: string, signal: AbortSignal): Promise<TorrentFileStatus[]>;
  setLimits(limits: TorrentLimits, signal: AbortSignal): Promise<void>;
  /** Whether it may find peers of whom neither an order nor a tracker told it: asks the distributed hash table. */
  looksForPeers(signal: AbortSignal): Promise<boolean>;
  /** Ends what runs in this process and keeps what is to be kept; a server of somebody's goes on. */
  close(): Promise<void>;
}
