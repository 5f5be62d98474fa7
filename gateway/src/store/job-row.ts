import {
  AgentId,
  ByteCount,
  Epoch,
  FailureCode,
  Fetched,
  JobId,
  ModId,
  Sha256,
  Source,
  Stage,
  UploadId,
} from "@modfleet/protocol";
import { z } from "zod";
import type { Job } from "../domain/job.ts";
import type { Row, SqlArgs } from "./database.ts";

const json = <Schema extends z.ZodType>(schema: Schema) =>
  z
    .string()
    .transform((text): unknown => JSON.parse(text))
    .pipe(schema);

const Failure = z.object({
  code: FailureCode,
  detail: z.string(),
  agent: AgentId.nullable(),
  network: z.string().nullable(),
  at: z.int(),
});

const Result = z.object({
  agent: AgentId,
  network: z.string(),
  epoch: Epoch,
  upload: UploadId,
  sha256: Sha256,
  bytes: ByteCount,
  tree: Sha256,
  fetched: Fetched,
  receivedAt: z.int(),
});

const base = {
  id: JobId,
  mod_id: ModId,
  source: json(Source),
  version: z.string(),
  expected_bytes: z.int().nullable(),
  requested_at: z.int(),
  started_at: z.int().nullable(),
  epoch: z.int(),
  charged: z.int(),
  uncharged: z.int(),
  failure: z.union([z.null(), json(Failure)]),
};

const JobRow = z.discriminatedUnion("state", [
  z.object({ ...base, state: z.literal("queued"), not_before: z.int() }),
  z.object({
    ...base,
    state: z.literal("leased"),
    lease_agent: AgentId,
    lease_network: z.string(),
    lease_until: z.int(),
    lease_deadline_at: z.int().nullable(),
    lease_stage: Stage,
    lease_bytes: z.int(),
    lease_total: z.int().nullable(),
  }),
  z.object({ ...base, state: z.literal("verifying"), result: json(Result) }),
  z.object({ ...base, state: z.literal("done"), result: json(Result), finished_at: z.int() }),
  z.object({
    ...base,
    state: z.literal("failed"),
    failure: json(Failure),
    retry_at: z.int().nullable(),
    finished_at: z.int(),
  }),
  z.object({ ...base, state: z.literal("cancelled"), finished_at: z.int() }),
]);
type JobRow = z.infer<typeof JobRow>;

/** Every column of `jobs` that makes a `Job`; the id as text because it may exceed 2^53. */
const JOB_COLUMNS = `jobs.id, CAST(jobs.mod_id AS TEXT) AS mod_id, jobs.source, jobs.version, jobs.expected_bytes, jobs.state,
  jobs.epoch, jobs.charged, jobs.uncharged, jobs.requested_at, jobs.started_at, jobs.finished_at, jobs.not_before, jobs.lease_agent,
  jobs.lease_network, jobs.lease_until, jobs.lease_deadline_at, jobs.lease_stage, jobs.lease_bytes, jobs.lease_total, jobs.result,
  jobs.failure, jobs.retry_at`;

/** Reads whole jobs; `rest` begins with WHERE. */
export const selectJobs = (rest: string): string => `SELECT ${JOB_COLUMNS} FROM jobs ${rest}`;

/** Jobs that failed for good since the last one of the mod `:mod` that was done. */
export const FAILED_SINCE_DONE = `state = 'failed' AND finished_at > coalesce(
  (SELECT max(finished_at) FROM jobs WHERE mod_id = CAST(:mod AS INTEGER) AND state = 'done'), 0)`;

/** Jobs that are not over, in SQL. */
export const RUNNING = "state IN ('queued', 'leased', 'verifying')";

/** A row as a job. A row that breaks the domain's rules is our bug and throws. */
export function toJob(row: Row): Job {
  const read = JobRow.parse(row);
  const shared = sharedFields(read);
  switch (read.state) {
    case "queued":
      return { ...shared, state: "queued", notBefore: read.not_before };
    case "leased":
      return { ...shared, state: "leased", lease: leaseOf(read) };
    case "verifying":
      return { ...shared, state: "verifying", result: read.result };
    case "done":
      return { ...shared, state: "done", result: read.result, finishedAt: read.finished_at };
    case "failed":
      return {
        ...shared,
        state: "failed",
        failure: read.failure,
        retryAt: read.retry_at,
        finishedAt: read.finished_at,
      };
    case "cancelled":
      return { ...shared, state: "cancelled", finishedAt: read.finished_at };
  }
}

function sharedFields(row: JobRow) {
  return {
    id: row.id,
    mod: row.mod_id,
    source: row.source,
    version: row.version,
    expectedBytes: row.expected_bytes,
    requestedAt: row.requested_at,
    startedAt: row.started_at,
    epoch: row.epoch,
    charged: row.charged,
    uncharged: row.uncharged,
    failure: row.failure,
  };
}

function leaseOf(row: Extract<JobRow, { state: "leased" }>) {
  return {
    agent: row.lease_agent,
    network: row.lease_network,
    until: row.lease_until,
    deadlineAt: row.lease_deadline_at,
    stage: row.lease_stage,
    bytes: row.lease_bytes,
    total: row.lease_total,
  };
}

/** The changing columns of `job`, under their column names. */
export function toColumns(job: Job): SqlArgs {
  const lease = job.state === "leased" ? job.lease : null;
  const result = job.state === "verifying" || job.state === "done" ? job.result : null;
  return {
    version: job.version,
    expected_bytes: job.expectedBytes,
    state: job.state,
    epoch: job.epoch,
    charged: job.charged,
    uncharged: job.uncharged,
    started_at: job.startedAt,
    finished_at: "finishedAt" in job ? job.finishedAt : null,
    not_before: job.state === "queued" ? job.notBefore : null,
    lease_agent: lease?.agent ?? null,
    lease_network: lease?.network ?? null,
    lease_until: lease?.until ?? null,
    lease_deadline_at: lease?.deadlineAt ?? null,
    lease_stage: lease?.stage ?? null,
    lease_bytes: lease?.bytes ?? null,
    lease_total: lease?.total ?? null,
    result: result === null ? null : JSON.stringify(result),
    failure: job.failure === null ? null : JSON.stringify(job.failure),
    retry_at: job.state === "failed" ? job.retryAt : null,
  };
}
