import type { Job } from "../domain/job.ts";
import type { Database, SqlArgs } from "./database.ts";
import { FAILED_SINCE_DONE, RUNNING, selectJobs, toJob } from "./job-row.ts";
import type { JobStore } from "./job-store.ts";

type JobFinds = Pick<
  JobStore,
  "find" | "latestFor" | "hasFailed" | "place" | "queuedBy" | "claimable" | "overdue" | "verifying" | "ofAgent"
>;

const OF_MOD = "mod_id = CAST(:mod AS INTEGER)";
/** Nearly all jobs of a mod may be over, so those that run are not looked for in the order of time: `+` is for SQLite. */
const NEWEST_RUNNING = `SELECT id FROM jobs WHERE ${OF_MOD} AND ${RUNNING} ORDER BY +requested_at DESC, id DESC LIMIT 1`;
const NEWEST = `SELECT id FROM jobs WHERE ${OF_MOD} ORDER BY requested_at DESC, id DESC LIMIT 1`;

/** Where jobs are looked for. */
export function findJobs(database: Database): JobFinds {
  const jobs = async (sql: string, args: SqlArgs): Promise<Job[]> =>
    (await database.read({ sql: selectJobs(sql), args })).map(toJob);
  const job = async (sql: string, args: SqlArgs): Promise<Job | null> => (await jobs(sql, args))[0] ?? null;

  return {
    find: (id) => job("WHERE id = :id", { id }),
    latestFor: (mod) => job(`WHERE id = coalesce((${NEWEST_RUNNING}), (${NEWEST}))`, { mod }),
    async hasFailed(mod) {
      const sql = `SELECT 1 FROM jobs WHERE ${OF_MOD} AND ${FAILED_SINCE_DONE} LIMIT 1`;
      return (await database.read({ sql, args: { mod } })).length > 0;
    },

    async place(id) {
      const sql = `SELECT (SELECT count(*) FROM jobs before WHERE before.state = 'queued'
                            AND (before.rank, before.requested_at, before.id) <= (mine.rank, mine.requested_at, mine.id)) AS place
                     FROM jobs mine WHERE mine.id = :id AND mine.state = 'queued'`;
      const row = (await database.read({ sql, args: { id } }))[0];
      return row === undefined ? null : Number(row["place"]);
    },

    async queuedBy(requester, limit) {
      const queued = "SELECT 1 FROM jobs WHERE requester = :requester AND state = 'queued' LIMIT :limit";
      const rows = await database.read({ sql: `SELECT count(*) AS n FROM (${queued})`, args: { requester, limit } });
      return Number(rows[0]?.["n"]);
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
  };
}
