import type { ArchiveFault, Refused } from "../verify-archive.ts";

/** Ends the inspection of an archive; only `inspectArchive` catches it and makes a verdict of it. */
export class Refusal extends Error {
  readonly fault: ArchiveFault;

  constructor(fault: ArchiveFault, detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.name = "Refusal";
    this.fault = fault;
  }
}

/** Refuses the archive. `detail` may hold names out of the archive; the verdict makes them safe to log. */
export function refuse(fault: ArchiveFault, detail: string): never {
  throw new Refusal(fault, detail);
}

const CODES: Partial<Record<ArchiveFault, Refused["code"]>> = {
  size_differs: "hash_mismatch",
  sha256_differs: "hash_mismatch",
  tree_differs: "hash_mismatch",
  too_many_entries: "too_large",
  too_large: "too_large",
  unreadable: "internal",
  aborted: "internal",
  stalled: "internal",
  crashed: "internal",
};

const DETAIL_MAX = 500;

/** The verdict for a fault. Whatever is not the sender's slip, a limit or ours is unsafe content. */
export function refused(fault: ArchiveFault, detail: string): Refused {
  const readable = detail.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "\u{fffd}").slice(0, DETAIL_MAX);
  return { ok: false, code: CODES[fault] ?? "unsafe_content", fault, detail: readable };
}
