import type { FailureReport, Fetched, Source, SourceKind } from "@modfleet/protocol";

/** What an engine is asked. `folder` is absolute, exists, belongs to this job alone and survives retries and restarts. */
export type FetchRequest = {
  source: Source;
  folder: string;
  maxBytes: number;
  expectedBytes: number | null;
  /** The slot that runs this job, from 0: engines keep one tool copy and one HOME per slot. */
  slot: number;
  onProgress: (progress: { bytes: number; total: number | null }) => void;
  /** Aborting ends every child process with its group before the promise settles. */
  signal: AbortSignal;
};

export type FetchOutcome =
  /** `root` is a folder inside `folder` that holds the content and nothing else. */
  | { kind: "fetched"; root: string; fetched: Fetched }
  | { kind: "failed"; failure: FailureReport }
  | { kind: "cancelled" };

export type EngineHealth = { ok: true; version: string } | { ok: false; problem: string; fix: string };

/** What goes on beside the jobs of an agent is told and bounded by these. */
export type Beside = {
  /** Bytes over the volunteer's line that belong to no fetch. */
  onMoved(bytes: number): void;
  /** False while the volunteer's limit of bytes is used up. */
  mayMove(): boolean;
  /** Whether less of the disk is free than the volunteer wants. */
  isShortOfRoom(): boolean;
};

/** Turns a source into a folder. Never throws for what a tool, a host or a disk may do. */
export interface Engine {
  readonly kind: SourceKind;
  /** Whether it can work on this machine, with a one-line fix where it cannot. */
  check(signal: AbortSignal): Promise<EngineHealth>;
  fetch(request: FetchRequest): Promise<FetchOutcome>;
  /** An agent begins to work: takes up what goes on beside its jobs. Without this nothing outlives a fetch. */
  start?(beside: Beside): void;
  /** Ends what goes on beside the jobs, in bounded time; nothing is fetched any more. */
  close?(): Promise<void>;
}
