import { z } from "@hono/zod-openapi";
import { FailureCode, Stage } from "@modfleet/protocol";
import { ruleFor } from "../../domain/attempt.ts";
import type { Job, JobState } from "../../domain/job.ts";
import { JobId, ModId, Time, toTime, toTimeOrNull, VersionKey } from "../fields.ts";
import { FAILURE_EXAMPLE, JOB_EXAMPLE } from "./examples.ts";
import { ArchiveView, archiveAddresses } from "./mod-view.ts";

const STATES = ["queued", "leased", "verifying", "done", "failed", "cancelled"] as const satisfies readonly JobState[];

/** Why a try or a job failed. */
export const FailureView = z
  .object({
    code: z.enum(FailureCode.options).openapi({ description: "Stable" }),
    message: z.string(),
    advice: z.string().openapi({ description: "What you can do" }),
    retryable: z.boolean(),
    retryAt: Time.optional().openapi({ description: "When it is tried again, or may be asked for again" }),
  })
  .openapi("Failure", { example: FAILURE_EXAMPLE });

/** How far a fetch is. `failure` is the last try's, also while the job waits for the next one. */
export const JobView = z
  .object({
    id: JobId,
    state: z.enum(STATES),
    stage: Stage.nullable(),
    bytes: z.int().min(0),
    total: z.int().min(0).nullable().openapi({ description: "Null while unknown" }),
    place: z.int().min(1).nullable().openapi({ description: "Place in the queue" }),
    mod: ModId,
    version: VersionKey.openapi({
      description: "What is fetched; `latest` while only the source knows which one that is",
    }),
    requestedAt: Time,
    startedAt: Time.nullable(),
    finishedAt: Time.nullable(),
    failure: FailureView.optional(),
    archive: ArchiveView.pick({ url: true, torrent: true, sha256: true, bytes: true }).optional(),
  })
  .openapi("Job", { example: JOB_EXAMPLE });
export type JobView = z.infer<typeof JobView>;

/** Nothing will change any more. */
export function isOver(job: Job): boolean {
  return job.state === "done" || job.state === "failed" || job.state === "cancelled";
}

/** `place` is the job's place in the queue, null when it does not wait there. */
export function toJobView(job: Job, place: number | null): JobView {
  const { id, state, mod, version, requestedAt, startedAt } = job;
  return {
    id,
    state,
    ...progressOf(job),
    place: state === "queued" ? place : null,
    mod,
    version,
    requestedAt: toTime(requestedAt),
    startedAt: toTimeOrNull(startedAt),
    finishedAt: "finishedAt" in job ? toTime(job.finishedAt) : null,
    ...failureOf(job),
    ...archiveOf(job),
  };
}

function progressOf(job: Job): Pick<JobView, "stage" | "bytes" | "total"> {
  switch (job.state) {
    case "leased":
      return { stage: job.lease.stage, bytes: job.lease.bytes, total: job.lease.total ?? job.expectedBytes };
    case "verifying":
    case "done":
      return { stage: null, bytes: job.result.bytes, total: job.result.bytes };
    case "queued":
    case "failed":
    case "cancelled":
      return { stage: null, bytes: 0, total: job.expectedBytes };
  }
}

/** The failure in words for a person; what the agent wrote stays in the log. */
export function failureOf(job: Job): Pick<JobView, "failure"> {
  if (job.failure === null) return {};
  const { code } = job.failure;
  const { message, advice, retry } = ruleFor(job, code);
  const retryAt = job.state === "queued" ? job.notBefore : job.state === "failed" ? job.retryAt : null;
  const failure = { code, message, advice, retryable: retry !== "never" };
  return { failure: retryAt === null ? failure : { ...failure, retryAt: toTime(retryAt) } };
}

function archiveOf(job: Job): Pick<JobView, "archive"> {
  if (job.state !== "done") return {};
  const { sha256, bytes } = job.result;
  return { archive: { ...archiveAddresses(job.mod, job.version), sha256, bytes } };
}
