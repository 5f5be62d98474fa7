import type { FailureReport, Sha256, UploadId } from "@modfleet/protocol";

export type UploadRequest = {
  /** Origin of the gateway. */
  gateway: string;
  token: string;
  file: string;
  bytes: number;
  sha256: Sha256;
  onProgress: (progress: { bytes: number; total: number }) => void;
  signal: AbortSignal;
};

export type UploadOutcome =
  | { kind: "uploaded"; upload: UploadId }
  /** The token is of an older epoch (410): the job was taken away. */
  | { kind: "lost" }
  | { kind: "failed"; failure: FailureReport }
  | { kind: "cancelled" };
