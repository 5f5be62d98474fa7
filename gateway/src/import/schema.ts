import { z } from "zod";
import type { ForeignFile } from "../store/foreign-file.ts";

/** Tables and columns that are read. */
type Schema = Readonly<Record<string, readonly string[]>>;

export const DATABASE_TABLES: Schema = {
  games: [
    ...["id", "name", "type", "logo", "short_description", "description", "mods_downloads", "mods_count"],
    ...["creation_date", "source"],
  ],
  mods: [
    ...["id", "name", "description", "size", "condition", "date_creation", "date_update", "date_request", "source"],
    "downloads",
  ],
  genres: ["id", "name"],
  tags: ["id", "name"],
  unity_games_genres: ["game_id", "genre_id"],
  unity_allowed_mods_tags: ["game_id", "tag_id"],
  unity_mods_tags: ["mod_id", "tag_id"],
  unity_games_mods: ["game_id", "mod_id"],
  unity_mods_dependencies: ["mod_id", "dependence"],
  resources_mods: ["id", "type", "url", "date_event", "owner_id"],
};

export const STATISTICS_TABLES: Schema = {
  statistics_hour: ["id", "date_time", "type", "count"],
  statistics_day: ["id", "date", "type", "count"],
  processing_time: ["time", "type", "delay"],
};

/** What of `schema` the file does not have, in words; null when all of it is there. */
export function missingPart(file: ForeignFile, schema: Schema): string | null {
  for (const [table, columns] of Object.entries(schema)) {
    const there = columnsOf(file, table);
    if (there.size === 0) return `there is no table ${table}`;
    const missing = columns.find((column) => !there.has(column));
    if (missing !== undefined) return `the table ${table} has no column ${missing}`;
    if (!hasRows(file, table)) return `${table} is no plain table`;
  }
  return null;
}

const Name = z.object({ name: z.instanceof(Uint8Array) });

function columnsOf(file: ForeignFile, table: string): ReadonlySet<string> {
  const rows = file.rows("SELECT CAST(name AS BLOB) AS name FROM pragma_table_info(:table)", { table });
  return new Set([...rows].map((row) => new TextDecoder().decode(Name.parse(row).name)));
}

/** Views, virtual tables and tables without row ids bear such names too, but not there. */
function hasRows(file: ForeignFile, table: string): boolean {
  const sql = "SELECT 1 AS yes FROM sqlite_schema WHERE name = :table AND type = 'table' AND rootpage > 0";
  if ([...file.rows(sql, { table })].length === 0) return false;
  return [...file.rows("SELECT 1 AS yes FROM pragma_table_list(:table) WHERE wr = 0", { table })].length > 0;
}
