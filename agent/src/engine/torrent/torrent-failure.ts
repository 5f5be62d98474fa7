import type { FailureCode, FailureReport } from "@modfleet/protocol";
import { failureOf } from "../failure-of.ts";
import { TorrentError } from "./client.ts";

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
  switch (error.problem) {
    case "too_large":
      return { code: "too_large", detail: error.message };
    case "disk":
      return { code: "disk_full", detail: error.message };
    case "unreachable":
    case "not_found":
      return { code: "tool_broken", detail: error.message };
    case "invalid":
      return { code: "source_not_a_file", detail: error.message };
  }
}

/** A path of a stranger, fit for one line of a log. */
export function quoted(path: string): string {
  return JSON.stringify(path.length > 200 ? `${path.slice(0, 200)}…` : path);
}
