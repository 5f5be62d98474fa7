import type { ModId } from "@modfleet/protocol";
import { z } from "zod";
import type { RecheckFacts } from "../domain/recheck.ts";
import type { Database, Row } from "./database.ts";

export type Recheckable = RecheckFacts & { id: ModId };

/** When Steam is asked again about which mod: `mods.check_at`, for Workshop items whose archive is here. */
export interface RecheckStore {
  /**
   * The mods that are due, the longest overdue first. Their time moves to `until` in the same statement, so that no other
   * gateway takes them and a crash only delays them. Whatever is not to be checked at all loses its time instead.
   */
  claimDue(query: { now: number; until: number; limit: number }): Promise<Recheckable[]>;
  /** Mods that have no time yet, among the next `limit` ids beyond `after`; `last` is null after the last id of all. */
  unscheduled(query: { after: ModId; limit: number }): Promise<{ mods: Recheckable[]; last: ModId | null }>;
  /** Gives times to mods that have none. */
  schedule(times: readonly CheckTime[]): Promise<void>;
  /** Gives mods another time. */
  reschedule(times: readonly CheckTime[]): Promise<void>;
}

export type CheckTime = { id: ModId; at: number };

const CHECKED = `origin = 'steam'
  AND (current_key IS NOT NULL OR EXISTS (SELECT 1 FROM imported_archives WHERE mod_id = mods.id))`;

const CLAIM = `
  UPDATE mods SET check_at = CASE WHEN ${CHECKED} THEN :until END
   WHERE id IN (SELECT id FROM mods WHERE check_at <= :now ORDER BY check_at LIMIT :limit)
  RETURNING CAST(id AS TEXT) AS id, downloads, updated_at, check_at`;

const LOOK = `
  SELECT CAST(id AS TEXT) AS id, downloads, updated_at, check_at IS NULL AND ${CHECKED} AS fits
    FROM (SELECT id, downloads, updated_at, check_at, origin, current_key
            FROM mods WHERE id > CAST(:after AS INTEGER) ORDER BY id LIMIT :limit) AS mods
   ORDER BY mods.id`;

const SET = `
  UPDATE mods SET check_at = given.value ->> 1 FROM json_each(:times) AS given
   WHERE mods.id = CAST(given.value ->> 0 AS INTEGER)`;

const Columns = z.object({ id: z.string(), downloads: z.number(), updated_at: z.number() });

/** The times over one database. It holds no state of its own. */
export function createRecheckStore(database: Database): RecheckStore {
  const set = async (sql: string, times: readonly CheckTime[]): Promise<void> => {
    if (times.length === 0) return;
    await database.write({ sql, args: { times: JSON.stringify(times.map(({ id, at }) => [id, at])) } });
  };
  return {
    async claimDue(query) {
      const rows = await database.write({ sql: CLAIM, args: query });
      return rows.filter((row) => row["check_at"] !== null).map(toRecheckable);
    },
    async unscheduled(query) {
      const rows = await database.read({ sql: LOOK, args: query });
      const mods = rows.map(toRecheckable);
      const last = rows.length < query.limit ? null : (mods.at(-1)?.id ?? null);
      return { mods: mods.filter((_, n) => rows[n]?.["fits"] === 1), last };
    },
    schedule: (times) => set(`${SET} AND mods.check_at IS NULL`, times),
    reschedule: (times) => set(SET, times),
  };
}

function toRecheckable(row: Row): Recheckable {
  const { id, downloads, updated_at } = Columns.parse(row);
  return { id, downloads, updatedAt: updated_at };
}
