import type { Database } from "./database.ts";
import type { JobStore, Verdict } from "./job-store.ts";

type JobResults = Pick<JobStore, "verdict" | "recordResult" | "recordVerdict">;

/** What agents delivered, and what became of it. */
export function recordResults(database: Database): JobResults {
  return {
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
  };
}

function toVerdict(value: unknown): Verdict {
  if (value === "published" || value === "rejected") return value;
  return "pending";
}
