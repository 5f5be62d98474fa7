import type { FailureCode, FailureReport } from "@modfleet/protocol";
import { failureOf } from "../failure-of.ts";
import { TorrentError, type TorrentFault } from "./client.ts";

/** Ends a job: thrown inside the engine, reported by it. */
export class TorrentFailure extends Error {
  readonly report: FailureReport;

  constructor(code: FailureCode, detail: string, cause?: unknown) {
    super(detail, { cause });
    this.name = "TorrentFailure";
    this.report = { code, detail };
  }
}

/** What to report of whatever a client, a disk or a check of ours threw. */
export function reportOf(error: unknown): FailureReport {
  if (error instanceof TorrentFailure) return error.report;
  if (!(error instanceof TorrentError)) return failureOf(error);
  return { code: error.fault === null ? "tool_broken" : CODES[error.fault], detail: error.message };
}

/** How each fault of a torrent ends its job. */
export const CODES = {
  broken: "source_not_a_file",
  unsafe: "unsafe_content",
  empty: "empty_result",
  too_large: "too_large",
  disk_full: "disk_full",
} as const satisfies Record<TorrentFault, FailureCode>;

/** A path of a stranger, fit for one line of a log. */
export function quoted(path: string): string {
  return JSON.stringify(path.length > 200 ? `${path.slice(0, 200)}…` : path);
}
