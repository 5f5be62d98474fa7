import { type AgentId, type JobId, type ModId, type Source, type SourceKind, sourceKey } from "@modfleet/protocol";
import type { Job, Result } from "../domain/job.ts";
import type { Database, SqlArgs, Statement } from "./database.ts";
import { JOB_COLUMNS, toColumns, toJob } from "./job-row.ts";

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
  /**
   * Inserts `job`, or joins the running one for the same source and version. Exactly one of many callers gets `created`.
   * One that was done since `unlessDoneSince` is given back instead: what it published is what this request wants.
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

const select = (rest: string): string => `SELECT ${JOB_COLUMNS} FROM jobs ${rest}`;
const RUNNING = "state IN ('queued', 'leased', 'verifying')";

const JUST_DONE = "state = 'done' AND finished_at >= :since";

const INSERT_OR_JOIN = `
  INSERT INTO jobs (id, mod_id, source, source_kind, source_key, version, expected_bytes, state, epoch, charged, uncharged,
                    requester, rank, requested_at, not_before)
  SELECT :id, CAST(:mod AS INTEGER), :source, :kind, :key, :version, :expected, 'queued', 0, 0, 0, :requester,
         max(coalesce((SELECT max(rank) + 1 FROM jobs WHERE requester = :requester AND state = 'queued'), 0),
             coalesce((SELECT min(rank) FROM jobs WHERE state = 'queued'), 0)),
         :at, :at
   WHERE NOT EXISTS (SELECT 1 FROM jobs WHERE source_key = :key AND version = :version AND ${JUST_DONE})
  ON CONFLICT (source_key, version) WHERE ${RUNNING} DO NOTHING
  RETURNING id`;

const JOIN = `
  INSERT INTO requesters (job_id, requester, requested_at)
  SELECT id, :requester, :at FROM jobs WHERE source_key = :key AND version = :version AND ${RUNNING}
  ON CONFLICT DO NOTHING`;

const REPLACE = `
  UPDATE jobs SET version = :version, expected_bytes = :expected_bytes, state = :state, epoch = :epoch, charged = :charged,
    uncharged = :uncharged, started_at = :started_at, finished_at = :finished_at, not_before = :not_before,
    lease_agent = :lease_agent, lease_network = :lease_network, lease_until = :lease_until,
    lease_deadline_at = :lease_deadline_at, lease_stage = :lease_stage, lease_bytes = :lease_bytes, lease_total = :lease_total,
    result = :result, failure = :failure, retry_at = :retry_at
  WHERE id = :id AND state = :was_state AND epoch = :was_epoch AND lease_until IS :was_until AND not_before IS :was_not_before
  RETURNING id`;

export function createJobStore(database: Database): JobStore {
  const jobs = async (sql: string, args: SqlArgs): Promise<Job[]> =>
    (await database.read({ sql: select(sql), args })).map(toJob);
  const job = async (sql: string, args: SqlArgs): Promise<Job | null> => (await jobs(sql, args))[0] ?? null;

  return {
    find: (id) => job("WHERE id = :id", { id }),
    latestFor: (mod) =>
      job(`WHERE mod_id = CAST(:mod AS INTEGER) ORDER BY ${RUNNING} DESC, requested_at DESC, id DESC LIMIT 1`, { mod }),

    async insertOrJoin(fresh) {
      const key = sourceKey(fresh.source);
      const found = { key, version: fresh.version };
      const since = fresh.unlessDoneSince ?? Number.MAX_SAFE_INTEGER;
      const who = { ...found, requester: fresh.requester, at: fresh.requestedAt };
      const insert = {
        ...who,
        since,
        id: fresh.id,
        mod: fresh.mod,
        source: JSON.stringify(fresh.source),
        kind: fresh.source.kind,
        expected: fresh.expectedBytes,
      };
      const same = "source_key = :key AND version = :version";
      const there = select(`WHERE ${same} AND (${RUNNING} OR (${JUST_DONE})) ORDER BY ${RUNNING} DESC LIMIT 1`);
      const [created, , rows] = await database.batch([
        { sql: INSERT_OR_JOIN, args: insert },
        { sql: JOIN, args: who },
        { sql: there, args: { ...found, since } },
      ]);
      const row = rows?.[0];
      if (row === undefined) throw new Error(`A job for ${key} was neither inserted nor joined`);
      return { job: toJob(row), created: (created?.length ?? 0) > 0 };
    },

    async replace(before, after, then = []) {
      const was = {
        id: before.id,
        was_state: before.state,
        was_epoch: before.epoch,
        was_until: before.state === "leased" ? before.lease.until : null,
        was_not_before: before.state === "queued" ? before.notBefore : null,
      };
      const guard = { sql: REPLACE, args: { ...toColumns(after), ...was } };
      return (await database.compareAndSet(guard, then)) !== null;
    },

    async holds(id, epoch, agent) {
      const sql =
        "SELECT 1 AS held FROM jobs WHERE id = :id AND epoch = :epoch AND state = 'leased' AND lease_agent = :agent";
      return (await database.read({ sql, args: { id, epoch, agent } })).length > 0;
    },

    async place(id) {
      const sql = `SELECT (SELECT count(*) FROM jobs before WHERE before.state = 'queued'
                            AND (before.rank, before.requested_at, before.id) <= (mine.rank, mine.requested_at, mine.id)) AS place
                     FROM jobs mine WHERE mine.id = :id AND mine.state = 'queued'`;
      const row = (await database.read({ sql, args: { id } }))[0];
      return row === undefined ? null : Number(row["place"]);
    },

    async renew(id, epoch, agent, until) {
      const sql = `UPDATE jobs SET lease_until = max(lease_until, min(:until, lease_deadline_at))
                    WHERE id = :id AND epoch = :epoch AND state = 'leased' AND lease_agent = :agent
                      AND lease_deadline_at IS NOT NULL RETURNING id`;
      return (await database.write({ sql, args: { id, epoch, agent, until } })).length > 0;
    },

    claimable: ({ now, kinds, limit }) =>
      jobs(
        `WHERE state = 'queued' AND not_before <= :now AND source_kind IN (SELECT value FROM json_each(:kinds))
         ORDER BY rank, requested_at, id LIMIT :limit`,
        { now, kinds: JSON.stringify(kinds), limit },
      ),
    overdue: (now, limit) =>
      jobs("WHERE state = 'leased' AND (lease_until <= :now OR lease_deadline_at <= :now) LIMIT :limit", {
        now,
        limit,
      }),
    verifying: (limit) => jobs("WHERE state = 'verifying' ORDER BY requested_at, id LIMIT :limit", { limit }),
    ofAgent: (agent) =>
      jobs(
        `WHERE (state = 'leased' AND lease_agent = :agent)
            OR (state = 'verifying' AND json_extract(result, '$.agent') = :agent)`,
        { agent },
      ),

    async verdict(id, epoch, agent) {
      const sql = "SELECT verdict FROM results WHERE job_id = :id AND epoch = :epoch AND agent_id = :agent";
      const row = (await database.read({ sql, args: { id, epoch, agent } }))[0];
      return row === undefined ? null : toVerdict(row["verdict"]);
    },
    recordResult: (id, result) => ({
      sql: `INSERT INTO results (job_id, epoch, agent_id, result, verdict, received_at)
            VALUES (:id, :epoch, :agent, :result, 'pending', :at)`,
      args: { id, epoch: result.epoch, agent: result.agent, result: JSON.stringify(result), at: result.receivedAt },
    }),
    recordVerdict: (id, epoch, verdict) => ({
      sql: "UPDATE results SET verdict = :verdict WHERE job_id = :id AND epoch = :epoch",
      args: { id, epoch, verdict },
    }),

    handOver: (id, version) => ({
      sql: `INSERT INTO requesters (job_id, requester, requested_at)
            SELECT other.id, mine.requester, mine.requested_at
              FROM requesters mine JOIN jobs job ON job.id = mine.job_id
              JOIN jobs other ON other.source_key = job.source_key AND other.version = :version AND other.${RUNNING}
             WHERE mine.job_id = :id
            ON CONFLICT DO NOTHING`,
      args: { id, version },
    }),
    unlessWanted: (id) => ({
      sql: `INSERT INTO requesters (job_id, requester, requested_at)
            SELECT job_id, NULL, 0 FROM requesters WHERE job_id = :id LIMIT 1`,
      args: { id },
    }),
    unlessRevoked: (agent) => ({
      sql: "UPDATE agents SET status = 'may not claim' WHERE id = :agent AND status = 'revoked'",
      args: { agent },
    }),
    async forgive({ now, gapMs, until }) {
      const sql = `UPDATE jobs SET lease_until = max(lease_until, min(:until, lease_deadline_at + :gap)),
                          lease_deadline_at = lease_deadline_at + :gap
                    WHERE state = 'leased' AND lease_deadline_at IS NOT NULL AND lease_until <= :now RETURNING id`;
      return (await database.write({ sql, args: { now, gap: gapMs, until } })).length;
    },

    async forgetRequesters(endedBefore) {
      const sql = `DELETE FROM requesters WHERE job_id IN (SELECT id FROM jobs WHERE finished_at < :endedBefore) RETURNING job_id`;
      await database.write({ sql, args: { endedBefore } });
    },

    async leave(id, requester) {
      const [left, rest] = await database.batch([
        {
          sql: "DELETE FROM requesters WHERE job_id = :id AND requester = :requester RETURNING job_id",
          args: { id, requester },
        },
        { sql: "SELECT count(*) AS waiting FROM requesters WHERE job_id = :id", args: { id } },
      ]);
      return (left?.length ?? 0) === 0 ? null : Number(rest?.[0]?.["waiting"] ?? 0);
    },
  };
}

function toVerdict(value: unknown): Verdict {
  if (value === "published" || value === "rejected") return value;
  return "pending";
}
