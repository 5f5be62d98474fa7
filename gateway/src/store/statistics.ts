import type { ModId } from "@modfleet/protocol";
import { type Count, DURATION_KINDS, type DurationKind } from "../domain/statistics.ts";
import { type Counted, countStatements } from "./count-statements.ts";
import type { Database, Statement } from "./database.ts";

/** What one process counted since its last batch. */
export type CountBatch = Counted & {
  /** The process, and the number of this batch: one that is stored twice counts once. */
  writer: string;
  batch: number;
  at: number;
};

/** Counters and durations. */
export interface StatisticsStore {
  /** All or nothing, and once however often it is called with the same batch. Unknown mods are passed over. */
  add(batch: CountBatch): Promise<void>;
  /** Counts of the hours that start in `[from, to]`, in the order in which they were first counted. */
  hours(from: number, to: number): Promise<Count[]>;
  /** The same for days. */
  days(from: number, to: number): Promise<Count[]>;
  /** On how many days something was counted, the one that starts at `today` among them. */
  daysCounted(today: number): Promise<number>;
  /** Changes with the first count of each day: until then `daysCounted` stays the same for the same `today`. */
  daysMark(): Promise<number>;
  /** The mean of the newest `newest` durations of these kinds, cut to whole milliseconds; 0 when there are none. */
  meanDuration(kinds: readonly DurationKind[], newest: number): Promise<number>;
  /**
   * A mod whose archive is not here is asked for: requested at `at`, and downloaded by nobody yet. Whether it was on the
   * shelf all the same, which means that its archive was lost.
   */
  beginAnew(mod: ModId, at: number): Promise<boolean>;
  /**
   * Forgets writers that stored nothing since then, and of each kind the durations that began before then, but never the
   * newest thousand and always those beyond the newest hundred thousand.
   */
  forget(before: { durations: number; writers: number }): Promise<void>;
}

/** Far more than any mean is made of. */
const KEPT_LEAST = 1_000;
/** A library that sends thousands of files a second would fill the disk otherwise. */
const KEPT_MOST = 100_000;
/** One statement must not stop everybody else for long. */
const FORGOTTEN_AT_ONCE = 5_000;

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
  const number = async (statement: Statement): Promise<number> => Number((await database.read(statement))[0]?.["n"]);

  return {
    async add(batch) {
      await database.compareAndSet(markStatement(batch), countStatements(batch));
    },
    hours: (from, to) => counts("counters_hour", from, to),
    days: (from, to) => counts("counters_day", from, to),
    daysCounted: (today) =>
      number({
        sql: "SELECT count(DISTINCT starts_at) + 1 AS n FROM counters_day WHERE starts_at <> :today",
        args: { today },
      }),
    daysMark: () => number({ sql: "SELECT coalesce(max(id), 0) AS n FROM counters_day" }),
    meanDuration: (kinds, newest) => number({ sql: MEAN, args: { kinds: JSON.stringify(kinds), newest } }),
    async beginAnew(mod, at) {
      const [row] = await database.write({ sql: BEGIN_ANEW, args: { id: BigInt(mod), at } });
      return row?.["was_here"] === 1;
    },
    async forget({ durations, writers }) {
      await database.write({ sql: "DELETE FROM counted WHERE at < :writers", args: { writers } });
      for (const kind of DURATION_KINDS) await forgetDurations(database, kind, durations);
    },
  };
}

async function forgetDurations(database: Database, kind: DurationKind, before: number): Promise<void> {
  const args = { kind, before, least: KEPT_LEAST - 1, most: KEPT_MOST - 1 };
  const [limit] = await database.read({ sql: OLDEST_KEPT, args });
  const until = Number(limit?.["until"]);
  for (;;) {
    const forgotten = await database.write({ sql: FORGET, args: { kind, until, limit: FORGOTTEN_AT_ONCE } });
    if (forgotten.length < FORGOTTEN_AT_ONCE) return;
  }
}

function markStatement({ writer, batch, at }: CountBatch): Statement {
  return {
    sql: `INSERT INTO counted (writer, batch, at) VALUES (:writer, :batch, :at)
          ON CONFLICT (writer) DO UPDATE SET batch = excluded.batch, at = excluded.at WHERE batch < excluded.batch`,
    args: { writer, batch, at },
  };
}

const NEWEST_OF = (kind: string): string => `durations WHERE kind = ${kind} ORDER BY at DESC, at_micros DESC, id DESC`;

// The newest of each kind by the index, and of those the newest: the table is never read through.
const MEAN = `
  SELECT coalesce(CAST(avg(ms) AS INTEGER), 0) AS n FROM (
    SELECT d.ms FROM json_each(:kinds) k
      JOIN durations d ON d.id IN (SELECT id FROM ${NEWEST_OF("k.value")} LIMIT :newest)
     ORDER BY d.at DESC, d.at_micros DESC, d.id DESC LIMIT :newest)`;

const OLDEST_KEPT = `
  SELECT max(min(:before, coalesce((SELECT at FROM ${NEWEST_OF(":kind")} LIMIT 1 OFFSET :least), 0)),
             coalesce((SELECT at FROM ${NEWEST_OF(":kind")} LIMIT 1 OFFSET :most), 0)) AS until`;

const FORGET = `
  DELETE FROM durations WHERE id IN (SELECT id FROM durations WHERE kind = :kind AND at < :until LIMIT :limit)
  RETURNING id`;

// PyTorrent deleted such a row and made another one, which had no gaps and whose times were whole seconds.
const BEGIN_ANEW = `
  UPDATE mods SET downloads = 0, requested_at = :at, requested_micros = 0, created_micros = 0, updated_micros = 0, nulls = NULL
   WHERE id = :id
  RETURNING kept_condition IS NOT NULL OR current_key IS NOT NULL AS was_here`;
