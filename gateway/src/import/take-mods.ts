import { z } from "zod";
import type { Database } from "../store/database.ts";
import { nameKey } from "../store/name-key.ts";
import { sharedSetting } from "../store/settings.ts";
import { Count, ModNumber, nullsOf, numberCell, OwnId, originOf, Text, Time, textCell } from "./cells.ts";
import { WRITING } from "./mods-sql.ts";
import { tally } from "./report.ts";
import { type Taking, takeRows } from "./take-rows.ts";
import { writeRows } from "./write-rows.ts";

/** Temporary table: each mod's first binding to a game, numbered in the order of these. */
export const BINDINGS = `
  CREATE TEMP TABLE bindings (place INTEGER PRIMARY KEY, mod INTEGER NOT NULL UNIQUE, game INTEGER NOT NULL);
  INSERT OR IGNORE INTO bindings (mod, game)
    SELECT mod_id, game_id FROM unity_games_mods
     WHERE typeof(mod_id) = 'integer' AND typeof(game_id) = 'integer' AND mod_id > 0 AND game_id > 0
     ORDER BY rowid;`;

const COLUMNS = `m.id AS at, b.place, b.game, ${["m.id", "m.size", "m.condition", "m.downloads"].map((column) => numberCell(column)).join(", ")},
  ${["m.name", "m.description", "m.date_creation", "m.date_update", "m.date_request", "m.source"].map((column) => textCell(column)).join(", ")}`;

// In the order of ids: each row and each word of its name then lands beside the one before.
const SQL = `SELECT ${COLUMNS} FROM mods m LEFT JOIN bindings b ON b.mod = m.id ORDER BY m.id`;

const ModRow = z.object({
  place: z.number().nullable(),
  game: OwnId.nullable(),
  id: ModNumber,
  name: Text,
  description: Text,
  size: Count,
  condition: z.unknown(),
  date_creation: Time,
  date_update: Time,
  date_request: Time,
  source: Text,
  downloads: Count,
});
export type ModRow = z.infer<typeof ModRow>;

const CHECK_WITHIN_MS = 7 * 86_400_000;

/** Mods with everything that was known of them. Those here keep what is newer; counts and request times grow. */
export async function takeMods(taking: Taking): Promise<void> {
  const { database } = taking;
  const shelf = await shelfBegin(database);
  let spread = 0;
  await takeRows(taking, {
    sql: SQL,
    schema: ModRow,
    write: (mods) => {
      const rows = mods.map((mod) => {
        spread += 1;
        return {
          ...toRow(taking, mod),
          shelf: mod.place === null ? null : shelf + mod.place,
          check: checkAt(taking.now, spread, mod),
        };
      });
      return writeRows(taking, WRITING, rows);
    },
  });
  await database.write({ sql: "DELETE FROM settings WHERE name = :name", args: { name: SHELF_BEGIN } });
}

const SHELF_BEGIN = "import_shelf_begin";

/** Behind which place the shelf goes on: remembered until all mods are taken, so that a run after a stop goes on from there. */
async function shelfBegin(database: Database): Promise<number> {
  const [last] = await database.read({ sql: "SELECT coalesce(max(shelf_order), 0) AS n FROM mods" });
  return Number(await sharedSetting(database, SHELF_BEGIN, String(last?.["n"])));
}

/** Over the next week, evenly in any number of mods: the fractions of the golden ratio never crowd. */
function checkAt(now: number, n: number, { source }: ModRow): number | null {
  const share = (n * 0.618_033_988_75) % 1;
  return source === "steam" || source === null ? now + Math.floor(share * CHECK_WITHIN_MS) : null;
}

function toRow(taking: Taking, mod: ModRow): object {
  const { place: _, game, id, ...fields } = mod;
  const [created, updated, requested] = [mod.date_creation, mod.date_update, mod.date_request];
  const kept = keptCondition(taking, mod);
  const origin = originOf(mod.source);
  if (mod.source !== null && mod.source !== origin) tally(taking.section.noted, "an unknown source became local", id);
  return {
    ...{ id: String(id), app: game, name: mod.name ?? "", nameKey: nameKey(mod.name ?? ""), kept },
    ...{ description: mod.description ?? "", size: mod.size, source: origin, nulls: nullsOf(fields) },
    ...{ created: created?.ms ?? 0, createdMicros: created?.micros ?? 0 },
    ...{ updated: updated?.ms ?? 0, updatedMicros: updated?.micros ?? 0 },
    ...{ requested: requested?.ms ?? 0, requestedMicros: requested?.micros ?? 0 },
    downloads: mod.downloads ?? 0,
  };
}

/** Whether it was on its way when the copy was made, and can be fetched here again. */
export function isUnfinished({
  condition,
  source,
  game,
  date_update,
}: Pick<ModRow, "condition" | "source" | "game" | "date_update">): boolean {
  return condition === 2 && source === "steam" && game !== null && date_update !== null;
}

/** What is on its way has its condition from its job. What cannot be fetched is incomplete. */
function keptCondition({ section }: Taking, mod: ModRow): 0 | 1 | null {
  if (isUnfinished(mod)) return null;
  if (mod.condition === 0 || mod.condition === 1) return mod.condition;
  if (mod.condition !== null)
    tally(section.noted, "it is incomplete and cannot be fetched: its condition became 1", mod.id);
  return 1;
}
