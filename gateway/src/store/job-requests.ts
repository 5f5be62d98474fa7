import { sourceKey } from "@modfleet/protocol";
import type { Database } from "./database.ts";
import { RUNNING, selectJobs, toJob } from "./job-row.ts";
import type { JobStore } from "./job-store.ts";

type JobRequests = Pick<JobStore, "insertOrJoin" | "handOver" | "unlessWanted" | "forgetRequesters" | "leave">;

/** Only Steam says before the fetch which version it is. */
const JUST_DONE = "state = 'done' AND finished_at >= :since AND (version = :version OR source_kind <> 'workshop')";

const INSERT_OR_JOIN = `
  INSERT INTO jobs (id, mod_id, source, source_kind, source_key, version, expected_bytes, state, epoch, charged, uncharged,
                    requester, rank, requested_at, not_before)
  SELECT :id, CAST(:mod AS INTEGER), :source, :kind, :key, :version, :expected, 'queued', 0, 0, 0, :requester,
         max(coalesce((SELECT max(rank) + 1 FROM jobs WHERE requester = :requester AND state = 'queued'), 0),
             coalesce((SELECT min(rank) FROM jobs WHERE state = 'queued'), 0)),
         :at, :at
   WHERE NOT EXISTS (SELECT 1 FROM jobs WHERE source_key = :key AND ${JUST_DONE})
  ON CONFLICT (source_key, version) WHERE ${RUNNING} DO NOTHING
  RETURNING id`;

const JOIN = `
  INSERT INTO requesters (job_id, requester, requested_at)
  SELECT id, :requester, :at FROM jobs WHERE source_key = :key AND version = :version AND ${RUNNING}
  ON CONFLICT DO NOTHING`;

const RUNNING_OR_DONE = selectJobs(`WHERE id = coalesce(
  (SELECT id FROM jobs WHERE source_key = :key AND version = :version AND ${RUNNING}),
  (SELECT id FROM jobs WHERE source_key = :key AND ${JUST_DONE} LIMIT 1))`);

/** The next try has the addresses that were named since. */
const ADD_ADDRESSES = `
  UPDATE jobs SET source = :source
   WHERE source_key = :key AND version = :version AND state IN ('queued', 'leased')
     AND source_kind <> 'workshop' AND source <> :source`;

/** Who asks for jobs, and who waits for them. */
export function requestJobs(database: Database): JobRequests {
  return {
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
      const [created, , , rows] = await database.batch([
        { sql: INSERT_OR_JOIN, args: insert },
        { sql: JOIN, args: who },
        { sql: ADD_ADDRESSES, args: { ...found, source: insert.source } },
        { sql: RUNNING_OR_DONE, args: { ...found, since } },
      ]);
      const row = rows?.[0];
      if (row === undefined) throw new Error(`A job for ${key} was neither inserted nor joined`);
      return { job: toJob(row), created: (created?.length ?? 0) > 0 };
    },

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
