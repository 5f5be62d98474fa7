import type { FailureCode, FailureReport } from "@modfleet/protocol";

/** Ends a pack with a code of the failure table; thrown inside the worker only and turned into an outcome there. */
export class PackFailure extends Error {
  readonly code: FailureCode;

  constructor(code: FailureCode, detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.name = "PackFailure";
    this.code = code;
  }
}

const CODE_BY_ERRNO: Record<string, FailureCode> = {
  ENOSPC: "disk_full",
  EDQUOT: "disk_full",
  EFBIG: "disk_full",
  // What was listed a moment ago is gone or became something else.
  ENOENT: "source_changed",
  ENOTDIR: "source_changed",
  ESTALE: "source_changed",
};

/** What to report for anything that may be thrown while packing. Unknown errors are `internal` with their text as detail. */
export function toFailureReport(error: unknown): FailureReport {
  if (error instanceof PackFailure) return { code: error.code, detail: error.message };
  if (!(error instanceof Error)) return { code: "internal", detail: String(error) };
  const errno = "code" in error && typeof error.code === "string" ? error.code : "";
  return { code: CODE_BY_ERRNO[errno] ?? "internal", detail: error.message };
}
