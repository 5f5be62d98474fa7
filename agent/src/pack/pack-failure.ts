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

const DISK_FULL: readonly string[] = ["ENOSPC", "EDQUOT", "EFBIG"];

/** The archive itself cannot be written, which is never the content's doing. `why` is the system's reason without a path. */
export class TargetFailure extends PackFailure {
  readonly why: string;

  constructor(path: string, cause: unknown) {
    const why = reasonOf(cause);
    const isFull = DISK_FULL.includes(errnoOf(cause));
    const advice = isFull ? "free some space" : "its folder must exist and be writable";
    super(isFull ? "disk_full" : "internal", `Cannot write ${path}: ${why}; ${advice}`, { cause });
    this.name = "TargetFailure";
    this.why = why;
  }
}

/** Runs one step of writing the file at `path`; whatever it throws becomes a `TargetFailure`. */
export function writing<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (cause) {
    throw new TargetFailure(path, cause);
  }
}

/** A pack that failed; `unwritable` says why where it was the archive that could not be written. */
export type Failed = { failure: FailureReport; unwritable?: string };

/** As `toFailureReport`, and whether the target is to blame. */
export function toFailed(error: unknown): Failed {
  const failure = toFailureReport(error);
  return error instanceof TargetFailure ? { failure, unwritable: error.why } : { failure };
}

/** `no such file or directory (ENOENT)`: what the system said, without the path of a temporary file. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const errno = errnoOf(error);
  if (errno === "" || !error.message.startsWith(`${errno}: `)) return error.message;
  return `${error.message.slice(errno.length + 2).replace(/, \w+( '.*)?$/s, "")} (${errno})`;
}

function errnoOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}

/** What to report for anything that may be thrown while packing. Unknown errors are `internal` with their text as detail. */
export function toFailureReport(error: unknown): FailureReport {
  if (error instanceof PackFailure) return { code: error.code, detail: error.message };
  if (!(error instanceof Error)) return { code: "internal", detail: String(error) };
  return { code: CODE_BY_ERRNO[errnoOf(error)] ?? "internal", detail: error.message };
}
