import type { ModId } from "@modfleet/protocol";
import { type Count, DAY_MS, type Duration, type DurationKind, HOUR_MS } from "../domain/statistics.ts";
import type { Database, Statement } from "./database.ts";

/** What one process counted since its last batch. */
export type CountBatch = {
  /** The process, and the number of this batch: one that is stored twice counts once. */
  writer: string;
  batch: number;
  at: number;
  /** Counts by hour, in the order in which they began. The days are made of them. */
  hours: readonly Count[];
  /** Files sent of each mod, and when the last one was. */
  sent: ReadonlyMap<ModId, { count: number; at: number }>;
  durations: readonly Duration[];
};

/** Counters and durations. */
export interface StatisticsStore {
  /** All or nothing, and once however often it is called with the same batch. Unknown mods are passed over. */
  add(batch: CountBatch): Promise<void>;
  /** Counts of the hours that start in `[from, to]`, in the order in which they were first counted. */
  hours(from: number, to: number): Promise<Count[]>;
  /** The same for days. */
  days(from: number, to: number): Promise<Count[]>;
  /** On how many days something was counted. */
  daysCounted(): Promise<number>;
  /** The mean of the newest `newest` durations of these kinds, cut to whole milliseconds; 0 when there are none. */
  meanDuration(kinds: readonly DurationKind[], newest: number): Promise<number>;
  /** Forgets durations and writers from before then. */
  forget(before: number): Promise<void>;
}

export function createStatisticsStore(database: Database): StatisticsStore {
  const counts = async (table: "counters_hour" | "counters_day", from: number, to: number): Promise<Count[]> => {
    const rows = await database.read({
      sql: `SELECT kind, starts_at, count FROM ${table} WHERE starts_at BETWEEN :from AND :to ORDER BY id`,
      args: { from, to },
    });
    return rows.map((row) => ({
      kind: String(row["kind"]),
      startsAt: Number(row["starts_at"]),
      count: Number(row["count"]),
    }));
  };

  return {
    async add(batch) {
      await database.compareAndSet(markStatement(batch), batchStatements(batch));
    },
    hours: (from, to) => counts("counters_hour", from, to),
    days: (from, to) => counts("counters_day", from, to),
    async daysCounted() {
      const [row] = await database.read({ sql: "SELECT count(DISTINCT starts_at) AS n FROM counters_day" });
      return Number(row?.["n"]);
    },
    async meanDuration(kinds, newest) {
      const [row] = await database.read({
        sql: `SELECT coalesce(CAST(avg(ms) AS INTEGER), 0) AS mean FROM (
                SELECT ms FROM durations WHERE kind IN (SELECT value FROM json_each(:kinds))
                 ORDER BY at DESC, at_micros DESC, id DESC LIMIT :newest)`,
        args: { kinds: JSON.stringify(kinds), newest },
      });
      return Number(row?.["mean"]);
    },
    async forget(before) {
      await database.batch([
        { sql: "DELETE FROM durations WHERE at < :before", args: { before } },
        { sql: "DELETE FROM counted WHERE at < :before", args: { before } },
      ]);
    },
  };
}

function markStatement({ writer, batch, at }: CountBatch): Statement {
  return {
    sql: `INSERT INTO counted (writer, batch, at) VALUES (:writer, :batch, :at)
          ON CONFLICT (writer) DO UPDATE SET batch = excluded.batch, at = excluded.at WHERE batch < excluded.batch`,
    args: { writer, batch, at },
  };
}

function batchStatements({ hours, sent, durations }: CountBatch): Statement[] {
  const days = hours.map((hour) => ({ ...hour, startsAt: hour.startsAt - (hour.startsAt % DAY_MS) }));
  return [
    ...(hours.length === 0 ? [] : [countStatement("counters_hour", hours), countStatement("counters_day", days)]),
    ...(durations.length === 0 ? [] : [durationStatement(durations)]),
    ...(sent.size === 0 ? [] : sentStatements(sent)),
  ];
}

function countStatement(table: "counters_hour" | "counters_day", counts: readonly Count[]): Statement {
  return {
    // `WHERE TRUE` keeps the parser from taking ON CONFLICT for a join's ON.
    sql: `INSERT INTO ${table} (kind, starts_at, count)
          SELECT value ->> 'kind', value ->> 'startsAt', value ->> 'count' FROM json_each(:counts) WHERE TRUE
          ON CONFLICT (starts_at, kind) DO UPDATE SET count = count + excluded.count`,
    args: { counts: JSON.stringify(counts) },
  };
}

function durationStatement(durations: readonly Duration[]): Statement {
  return {
    sql: `INSERT INTO durations (kind, at, ms)
          SELECT value ->> 'kind', value ->> 'at', value ->> 'ms' FROM json_each(:durations)`,
    args: { durations: JSON.stringify(durations) },
  };
}

// Ids travel as text: JSON numbers are unsafe above 2^53.
const SENT = "SELECT CAST(value ->> 0 AS INTEGER) AS id, value ->> 1 AS n, value ->> 2 AS at FROM json_each(:sent)";

function sentStatements(sent: ReadonlyMap<ModId, { count: number; at: number }>): Statement[] {
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

/** The start of the hour that `at` lies in. */
export function hourOf(at: number): number {
  return at - (at % HOUR_MS);
}
