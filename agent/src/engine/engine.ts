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

/** Turns a source into a folder. Never throws for what a tool, a host or a disk may do. */
export interface Engine {
  readonly kind: SourceKind;
  /** Whether it can work on this machine, with a one-line fix where it cannot. */
  check(signal: AbortSignal): Promise<EngineHealth>;
  fetch(request: FetchRequest): Promise<FetchOutcome>;
}
