import type { Database, Row } from "./database.ts";
import type { Condition, ModFilter } from "./mod-filter.ts";
import { allArgs, allWhere, modConditions, narrowFrom } from "./mod-filter.ts";

/** How many mods of a filtered list belong to each game and tag, most first, at most 50 of each. */
export type Facets = {
  games: readonly { id: number; name: string; mods: number }[];
  tags: readonly { name: string; mods: number }[];
  /** False when the list is too long to count: the figures are those of its first part. */
  complete: boolean;
};

const FACETS_MAX = 50;
/** How many mods are looked at; a whole library is counted from the counters its tables keep. */
const COUNTED_MAX = 5_000;

export async function readFacets(database: Database, filter: ModFilter, narrowMax: number): Promise<Facets> {
  const conditions = modConditions(filter);
  const narrow = await narrowFrom(database, conditions, narrowMax);
  const rows = await database.read({
    sql: conditions.length === 0 ? WHOLE_LIBRARY : filteredSql(narrow ?? "mods m", conditions),
    args: allArgs(conditions),
  });
  return {
    games: rows.filter(isKind("game")).map((row) => ({ id: Number(row["id"]), ...named(row) })),
    tags: rows.filter(isKind("tag")).map(named),
    complete: !rows.some((row) => row["kind"] === "all" && Number(row["mods"]) > COUNTED_MAX),
  };
}

const WHOLE_LIBRARY = `
  SELECT * FROM (SELECT 'game' AS kind, id, name, mods_count AS mods FROM games
                  WHERE mods_count > 0 ORDER BY mods_count DESC, id LIMIT ${FACETS_MAX})
  UNION ALL
  SELECT * FROM (SELECT 'tag' AS kind, id, name, mods_count AS mods FROM tags
                  WHERE mods_count > 0 ORDER BY mods_count DESC, id LIMIT ${FACETS_MAX})`;

function filteredSql(from: string, conditions: readonly Condition[]): string {
  return `
    WITH hits AS MATERIALIZED (SELECT m.id FROM ${from} WHERE ${allWhere(conditions)} LIMIT ${COUNTED_MAX + 1})
    SELECT * FROM (${countBy("game", { link: "mod_games", table: "games" })})
    UNION ALL
    SELECT * FROM (${countBy("tag", { link: "mod_tags", table: "tags" })})
    UNION ALL
    SELECT 'all', 0, '', count(*) FROM hits`;
}

function countBy(kind: "game" | "tag", { link, table }: { link: string; table: string }): string {
  return `SELECT '${kind}' AS kind, t.id, t.name, c.mods
            FROM (SELECT l.${kind}_id AS id, count(*) AS mods FROM hits h CROSS JOIN ${link} l ON l.mod_id = h.id
                   GROUP BY l.${kind}_id ORDER BY mods DESC, l.${kind}_id LIMIT ${FACETS_MAX}) c
                 CROSS JOIN ${table} t ON t.id = c.id
           ORDER BY c.mods DESC, t.id`;
}

const isKind = (kind: "game" | "tag") => (row: Row) => row["kind"] === kind;

const named = (row: Row) => ({ name: String(row["name"]), mods: Number(row["mods"]) });
