import { z } from "zod";
import { DAY_MS, HOUR_MS } from "../domain/statistics.ts";
import { GivenCount, GivenText, GivenTime, numberCell, textCell } from "./cells.ts";
import { type Taking, takeRows } from "./take-rows.ts";
import { writeBelongings, writeRows } from "./write-rows.ts";

type CounterTable = { from: string; column: string; to: string; everyMs: number };

export const HOURS: CounterTable = {
  from: "statistics_hour",
  column: "date_time",
  to: "counters_hour",
  everyMs: HOUR_MS,
};
export const DAYS: CounterTable = { from: "statistics_day", column: "date", to: "counters_day", everyMs: DAY_MS };

/** Counters in the order of their rows. The larger of two counts stays; two rows for one thing there are one here. */
export async function takeCounters(taking: Taking, { from, column, to, everyMs }: CounterTable): Promise<void> {
  const CounterRow = z.object({
    kind: GivenText,
    when: GivenTime.refine(({ ms, micros }) => ms % everyMs === 0 && micros === 0, "is no full hour or day"),
    count: GivenCount,
  });
  await takeRows(taking, {
    // Sums of what is no count would end in an error or a lie, so such rows stand alone and are refused one by one.
    sql: `SELECT min(rowid) AS at, ${textCell("type", "kind")}, ${textCell(column, "when")}, sum(count) AS count
            FROM (SELECT rowid, type, ${column}, iif(typeof(count) = 'integer' AND count BETWEEN 0 AND 4294967296, count, 0.5) AS count,
                         iif(typeof(count) = 'integer' AND count BETWEEN 0 AND 4294967296, 0, rowid) AS alone FROM ${from})
           GROUP BY type, ${column}, alone ORDER BY 1`,
    schema: CounterRow,
    write: (counters) => {
      const rows = counters.map(({ kind, when, count }) => ({ kind, at: when.ms, count }));
      return writeRows(taking, counting(to), rows);
    },
  });
}

const counting = (table: string) => ({
  keys: ["at", "kind"],
  known: `SELECT count(*) AS n FROM json_each(:keys) l
            JOIN ${table} c ON c.starts_at = l.value ->> 'at' AND c.kind = l.value ->> 'kind'`,
  write: `INSERT INTO ${table} (kind, starts_at, count)
          SELECT value ->> 'kind', value ->> 'at', value ->> 'count' FROM json_each(:rows) WHERE TRUE ORDER BY key
          ON CONFLICT (starts_at, kind) DO UPDATE SET count = excluded.count WHERE excluded.count > count`,
});

const DurationRow = z.object({ kind: GivenText, time: GivenTime, delay: GivenCount });

const DURATIONS = {
  write: `INSERT INTO durations (kind, at, at_micros, ms)
          SELECT l.value ->> 'kind', l.value ->> 'at', l.value ->> 'micros', l.value ->> 'ms' FROM json_each(:rows) l
           WHERE NOT EXISTS (SELECT 1 FROM durations d WHERE d.kind = l.value ->> 'kind' AND d.at = l.value ->> 'at'
                               AND d.at_micros = l.value ->> 'micros') ORDER BY l.key`,
};

/** How long things took, in the order of their rows. */
export async function takeDurations(taking: Taking): Promise<void> {
  await takeRows(taking, {
    sql: `SELECT rowid AS at, ${textCell("type", "kind")}, ${textCell("time")}, ${numberCell("delay")}
            FROM processing_time ORDER BY rowid`,
    schema: DurationRow,
    write: (durations) => {
      const rows = durations.map(({ kind, time, delay }) => ({ kind, at: time.ms, micros: time.micros, ms: delay }));
      return writeBelongings(taking, DURATIONS, rows);
    },
  });
}
