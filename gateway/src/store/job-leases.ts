import type { Database } from "./database.ts";
import { toColumns } from "./job-row.ts";
import type { JobStore } from "./job-store.ts";

type JobLeases = Pick<JobStore, "replace" | "holds" | "renew" | "forgive" | "unlessRevoked">;

const REPLACE = `
  UPDATE jobs SET version = :version, expected_bytes = :expected_bytes, state = :state, epoch = :epoch, charged = :charged,
    uncharged = :uncharged, started_at = :started_at, finished_at = :finished_at, not_before = :not_before,
    lease_agent = :lease_agent, lease_network = :lease_network, lease_until = :lease_until,
    lease_deadline_at = :lease_deadline_at, lease_stage = :lease_stage, lease_bytes = :lease_bytes, lease_total = :lease_total,
    result = :result, failure = :failure, retry_at = :retry_at
  WHERE id = :id AND state = :was_state AND epoch = :was_epoch AND lease_until IS :was_until AND not_before IS :was_not_before
  RETURNING id`;

/** How jobs move on, and who holds them. */
export function leaseJobs(database: Database): JobLeases {
  return {
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

    async renew(id, epoch, agent, until) {
      const sql = `UPDATE jobs SET lease_until = max(lease_until, min(:until, lease_deadline_at))
                    WHERE id = :id AND epoch = :epoch AND state = 'leased' AND lease_agent = :agent
                      AND lease_deadline_at IS NOT NULL RETURNING id`;
      return (await database.write({ sql, args: { id, epoch, agent, until } })).length > 0;
    },

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
  };
}
