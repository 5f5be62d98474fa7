import type { AgentId, FailureCode, Fetched, JobId, ModId, Sha256, Source, Stage, UploadId } from "@modfleet/protocol";

/** What stays true of a job in every state. Times are milliseconds UTC of the gateway's clock. */
export type JobBase = {
  id: JobId;
  mod: ModId;
  source: Source;
  /** The version key that was asked for; a result of another key never becomes this version. */
  version: string;
  expectedBytes: number | null;
  requestedAt: number;
  /** First time an agent accepted it. */
  startedAt: number | null;
  /** Claims so far. */
  epoch: number;
  /** Attempts that count against the item, and those that do not. */
  charged: number;
  uncharged: number;
  /** The last try's failure, also while the job waits for the next one. */
  failure: JobFailure | null;
};

export type JobFailure = {
  code: FailureCode;
  detail: string;
  agent: AgentId | null;
  network: string | null;
  at: number;
};

/** Who holds the job and until when. `deadlineAt` is set by `accepted`. */
export type Lease = {
  agent: AgentId;
  /** Public address (IPv6: its /64) the agent speaks from. */
  network: string;
  until: number;
  deadlineAt: number | null;
  stage: Stage;
  bytes: number;
  total: number | null;
};

/** What an agent delivered for `epoch`. */
export type Result = {
  agent: AgentId;
  network: string;
  epoch: number;
  upload: UploadId;
  sha256: Sha256;
  bytes: number;
  tree: Sha256;
  fetched: Fetched;
  receivedAt: number;
};

export type Job = JobBase &
  (
    | { state: "queued"; notBefore: number }
    | { state: "leased"; lease: Lease }
    | { state: "verifying"; result: Result }
    | { state: "done"; result: Result; finishedAt: number }
    | { state: "failed"; failure: JobFailure; retryAt: number | null; finishedAt: number }
    | { state: "cancelled"; finishedAt: number }
  );

export type JobState = Job["state"];

/** Whether it still waits, is worked on or is looked at: the states of the index that allows one such job a version. */
export function isRunning({ state }: Job): boolean {
  return state === "queued" || state === "leased" || state === "verifying";
}
