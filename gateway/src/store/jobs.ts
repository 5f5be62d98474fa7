import type { AgentId, JobId, ModId, Source } from "@modfleet/protocol";
import type { Job } from "../domain/job.ts";
import type { Statement } from "./database.ts";

export type NewJob = {
  id: JobId;
  mod: ModId;
  source: Source;
  version: string;
  expectedBytes: number | null;
  requester: string;
  requestedAt: number;
};

export interface JobStore {
  find(id: JobId): Promise<Job | null>;
  /** The running job for this source and version, or the latest ended one. */
  latestFor(mod: ModId): Promise<Job | null>;
  /** Inserts `job`, or joins the running one for the same source and version. Exactly one of many callers gets `created`. */
  insertOrJoin(job: NewJob): Promise<{ job: Job; created: boolean }>;
  /** Writes `after` only while `before` is still what the row says. `then` happens in the same transaction. */
  replace(before: Job, after: Job, then?: readonly Statement[]): Promise<boolean>;
  /** Whether `epoch` of `job` is leased to `agent` now. */
  holds(job: JobId, epoch: number, agent: AgentId): Promise<boolean>;
  /** How many queued jobs stand before this one, plus one; null when it is not queued. */
  place(id: JobId): Promise<number | null>;
  /** Extends the lease as a sign of life; false when the epoch is not leased to this agent. */
  renew(job: JobId, epoch: number, agent: AgentId, until: number): Promise<boolean>;
}
