import type { FailureReport } from "@modfleet/protocol";

/** Errors of a disk that have nothing to do with our code, by their code. */
const DISK_FULL = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);
const NOT_ALLOWED = new Set(["EACCES", "EPERM", "EROFS"]);

const codeOf = (error: unknown): string => (error instanceof Error && "code" in error ? String(error.code) : "");

/** Whether a disk has refused bytes: it is full, or bears no file as large as this one. */
export const isDiskFull = (error: unknown): boolean => DISK_FULL.has(codeOf(error));

/** Turns what a disk threw into a failure; anything else is our own bug. */
export function failureOf(error: unknown): FailureReport {
  const code = codeOf(error);
  const detail = error instanceof Error ? error.message : String(error);
  if (DISK_FULL.has(code)) return { code: "disk_full", detail };
  if (NOT_ALLOWED.has(code)) return { code: "tool_broken", detail: `No access to the agent's own folders: ${detail}` };
  return { code: "internal", detail: error instanceof Error ? (error.stack ?? detail).slice(0, 2_000) : detail };
}
