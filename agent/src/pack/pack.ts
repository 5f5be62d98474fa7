import type { FailureReport, Sha256 } from "@modfleet/protocol";

export type PackRequest = {
  /** Folder whose content becomes the archive. */
  root: string;
  /** Absolute path of the zip; written beside it and renamed when complete. */
  target: string;
  maxBytes: number;
  onProgress: (progress: { bytes: number; total: number }) => void;
  signal: AbortSignal;
};

export type PackOutcome =
  | { kind: "packed"; bytes: number; sha256: Sha256; tree: Sha256; entries: number }
  | { kind: "failed"; failure: FailureReport }
  | { kind: "cancelled" };
