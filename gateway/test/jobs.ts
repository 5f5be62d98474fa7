import type { Queued } from "../src/domain/dispatch.ts";
import type { Result } from "../src/domain/job.ts";
import type { NewJob } from "../src/store/jobs.ts";

export const AGENT_A = `agt_${"a".repeat(20)}`;
export const AGENT_B = `agt_${"b".repeat(20)}`;
export const UPLOAD = `upl_${"0".repeat(20)}`;
export const SHA = "5".repeat(64);

/** A job id that sorts and reads by its number. */
export const jobId = (n: number): string => `job_${String(n).padStart(20, "0")}`;

export function aQueuedJob(changes: Partial<Queued> = {}): Queued {
  return {
    id: jobId(1),
    mod: "9000000101",
    source: { kind: "workshop", app: 294100, item: "9000000101" },
    version: "1234567890123456789",
    expectedBytes: 1_000,
    requestedAt: 1_000,
    startedAt: null,
    epoch: 0,
    charged: 0,
    uncharged: 0,
    failure: null,
    state: "queued",
    notBefore: 1_000,
    ...changes,
  };
}

export function aNewJob(changes: Partial<NewJob> = {}): NewJob {
  const { id, mod, source, version, expectedBytes, requestedAt } = aQueuedJob();
  return { id, mod, source, version, expectedBytes, requestedAt, requester: "alice", ...changes };
}

export function aResult(changes: Partial<Result> = {}): Result {
  return {
    agent: AGENT_A,
    network: "192.0.2.1",
    epoch: 1,
    upload: UPLOAD,
    sha256: SHA,
    bytes: 700,
    tree: "6".repeat(64),
    fetched: { tool: "steamcmd 1", manifest: null },
    receivedAt: 2_000,
    ...changes,
  };
}
