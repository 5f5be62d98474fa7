import type { ArchiveEntry } from "@modfleet/protocol";
import type { Inspected } from "./verify-archive.ts";
import type { InspectInput } from "./zip/inspect-archive.ts";

/** What the pool says to a worker: one archive, then `more` for each batch of entries it took. */
export type ToWorker = { type: "inspect"; input: InspectInput } | { type: "more" };

/** Entries come in batches, each asked for: a whole manifest at once would hold up the event loop for too long. */
export type FromWorker =
  | { type: "work"; bytesRead: number }
  | { type: "entries"; entries: ArchiveEntry[] }
  | { type: "verdict"; verdict: Inspected };

/** What a worker is told at its start. `isBackground`: everybody else's work comes first. */
export type WorkerData = { isBackground: boolean };

export const ENTRIES_PER_MESSAGE = 2_000;
