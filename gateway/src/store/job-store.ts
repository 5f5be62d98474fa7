import type { AgentId, JobId, ModId, Source, SourceKind } from "@modfleet/protocol";
import type { Job, Result } from "../domain/job.ts";
import type { Statement } from "./database.ts";

export type NewJob = {
  id: JobId;
  mod: ModId;
  source: Source;
  version: string;
  expectedBytes: number | null;
  requester: string;
  requestedAt: number;
  /** A job for the same that was done since then is given back instead of a new one. */
  unlessDoneSince?: number;
};

/** A result that was accepted once, and what became of it. */
export type Verdict = "pending" | "published" | "rejected";

/** Rows about jobs. One function per sentence you would say about them. */
export interface JobStore {
  find(id: JobId): Promise<Job | null>;
  /** The running job of the mod, or else the one that ended last. */
  latestFor(mod: ModId): Promise<Job | null>;
  /** Whether a job for the mod failed for good since the last one that was done. */
  hasFailed(mod: ModId): Promise<boolean>;
  /**
   * Inserts `job`, or joins the running one for the same source and version, whose next try then has the addresses of this
   * source. Exactly one of many callers gets `created`.
   * One that was done since `unlessDoneSince` is given back instead: what it published is what this request wants. Of sources
   * that show their version by being fetched alone, it is whatever was done last.
   */
  insertOrJoin(job: NewJob): Promise<{ job: Job; created: boolean }>;
  /** Writes `after` only while the row still says `before`; `then` happens in the same transaction. */
  replace(before: Job, after: Job, then?: readonly Statement[]): Promise<boolean>;
  /** Whether `epoch` of `job` is leased to `agent` now. */
  holds(job: JobId, epoch: number, agent: AgentId): Promise<boolean>;
  /** How many queued jobs stand before this one, plus one; null when it is not queued. */
  place(id: JobId): Promise<number | null>;
  /** A sign of life: extends the lease, at most to its deadline; false when the epoch is not leased to this agent. */
  renew(job: JobId, epoch: number, agent: AgentId, until: number): Promise<boolean>;
  /** How many jobs in the queue this requester was the first to ask for, counted up to `limit`. */
  queuedBy(requester: string, limit: number): Promise<number>;
  /** What may be claimed now for engines of these kinds, in fair order. */
  claimable(query: { now: number; kinds: readonly SourceKind[]; limit: number }): Promise<Job[]>;
  /** Leases and deadlines that are over. */
  overdue(now: number, limit: number): Promise<Job[]>;
  verifying(limit: number): Promise<Job[]>;
  /** Everything that hangs on `agent`: leases and results that are not published yet. */
  ofAgent(agent: AgentId): Promise<Job[]>;
  /** What became of the result for `(job, epoch)`; null when none was accepted from this agent. */
  verdict(job: JobId, epoch: number, agent: AgentId): Promise<Verdict | null>;
  recordResult(job: JobId, result: Result): Statement;
  recordVerdict(job: JobId, epoch: number, verdict: Verdict): Statement;
  /** Everybody who waits for `id` waits for the running job of the same source and of `version` as well. */
  handOver(id: JobId, version: string): Statement;
  /** Breaks a constraint, so that its transaction does not happen, while somebody waits for the job. */
  unlessWanted(id: JobId): Statement;
  /** Breaks a constraint, so that its transaction does not happen, once the agent is revoked. */
  unlessRevoked(agent: AgentId): Statement;
  /**
   * Nobody listened since `now - gapMs`: accepted leases that ran out meanwhile last until `until`, and their deadlines
   * move by the gap. How many.
   */
  forgive(silence: { now: number; gapMs: number; until: number }): Promise<number>;
  /** Takes one requester away and says how many are left; null when this one was not waiting for the job. */
  leave(job: JobId, requester: string): Promise<number | null>;
  /** Forgets who waited for jobs that ended before then. */
  forgetRequesters(endedBefore: number): Promise<void>;
}
