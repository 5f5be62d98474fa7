import type { ModId } from "@modfleet/protocol";
import { type Count, type Duration, dayOf } from "../domain/statistics.ts";
import type { Statement } from "./database.ts";

/** What is added at once. */
export type Counted = {
  /** Counts by hour, in the order in which they began. The days are made of them. */
  hours: readonly Count[];
  /** Files sent of each mod, and when the last one was. */
  sent: ReadonlyMap<ModId, { count: number; at: number }>;
  durations: readonly Duration[];
};

/** Adds counts, durations and files sent. For a transaction: with what was counted, or with the mark of its batch. */
export function countStatements({ hours, sent, durations }: Counted): Statement[] {
  const days = hours.map((hour) => ({ ...hour, startsAt: dayOf(hour.startsAt) }));
  return [
    ...(hours.length === 0 ? [] : [addCounts("counters_hour", hours), addCounts("counters_day", days)]),
    ...(durations.length === 0 ? [] : [addDurations(durations)]),
    ...(sent.size === 0 ? [] : addSent(sent)),
  ];
}

function addCounts(table: "counters_hour" | "counters_day", counts: readonly Count[]): Statement {
  return {
    // `WHERE TRUE` keeps the parser from taking ON CONFLICT for a join's ON.
    sql: `INSERT INTO ${table} (kind, starts_at, count)
          SELECT value ->> 'kind', value ->> 'startsAt', value ->> 'count' FROM json_each(:counts) WHERE TRUE
          ON CONFLICT (starts_at, kind) DO UPDATE SET count = count + excluded.count`,
    args: { counts: JSON.stringify(counts) },
  };
}

function addDurations(durations: readonly Duration[]): Statement {
  return {
    sql: `INSERT INTO durations (kind, at, ms)
          SELECT value ->> 'kind', value ->> 'at', value ->> 'ms' FROM json_each(:durations)`,
    args: { durations: JSON.stringify(durations) },
  };
}

// Ids travel as text: JSON numbers are unsafe above 2^53.
const SENT = "SELECT CAST(value ->> 0 AS INTEGER) AS id, value ->> 1 AS n, value ->> 2 AS at FROM json_each(:sent)";

function addSent(sent: Counted["sent"]): Statement[] {
  const args = { sent: JSON.stringify([...sent].map(([id, { count, at }]) => [id, count, at])) };
  return [
    {
      sql: `UPDATE mods SET downloads = downloads + s.n, requested_at = max(requested_at, s.at),
              requested_micros = iif(s.at >= requested_at, 0, requested_micros)
            FROM (${SENT}) s WHERE mods.id = s.id`,
      args,
    },
    {
      sql: `UPDATE games SET mods_downloads = mods_downloads + t.n
            FROM (SELECT mg.game_id, sum(s.n) AS n FROM (${SENT}) s JOIN mod_games mg ON mg.mod_id = s.id
                   GROUP BY mg.game_id) t
            WHERE games.id = t.game_id`,
      args,
    },
  ];
}
