import type { ShelfSort } from "./shelf.ts";

/** An order of mods `m`: what it sorts by, and the index that has this and the origin. */
export type Order = { value: string; index: string; direction: "ASC" | "DESC"; tiesUp: boolean };

// The very expressions of the indexes. A mod of unknown size comes before all others, as NULL does.
const SORT_VALUES: Record<ShelfSort["by"], string> = {
  name: "m.name",
  size: "coalesce(m.size_bytes, -1)",
  created: "m.created_at * 1000 + m.created_micros",
  updated: "m.updated_at * 1000 + m.updated_micros",
  requested: "m.requested_at * 1000 + m.requested_micros",
  origin: "m.origin",
  downloads: "m.downloads",
};

const WITH_INDEX_DOWNWARD: readonly ShelfSort["by"][] = ["origin", "downloads"];

/** The id breaks ties upwards in both directions: `tiesUp` says whether the index has them so, read in this direction. */
export function orderOf({ by, descending }: ShelfSort): Order {
  const downward = descending && WITH_INDEX_DOWNWARD.includes(by);
  return {
    value: SORT_VALUES[by],
    index: `shelf_by_${by}${downward ? "_down" : ""}`,
    direction: descending ? "DESC" : "ASC",
    tiesUp: !descending || downward,
  };
}

/** ORDER BY for rows with a `sort_value` and an `id`. */
export function orderBy({ direction }: Order, table: string): string {
  return `${table}.sort_value ${direction}, ${table}.id`;
}

/** The ids of one page, found along the order's index. */
export function walkSql({ value, index, direction, tiesUp }: Order, where: string): string {
  const list = `FROM mods m INDEXED BY ${index} WHERE ${where}`;
  const page = `ORDER BY ${value} ${direction}, m.id LIMIT :limit`;
  if (tiesUp) return `SELECT m.id, ${value} AS sort_value ${list} ${page} OFFSET :offset`;
  // Ties must be sorted, and SQLite would sort all that it skips: so the page begins at the first of its ties.
  const first = "(SELECT v FROM first)";
  return `
    WITH first AS MATERIALIZED (SELECT ${value} AS v ${list} ORDER BY ${value} DESC LIMIT 1 OFFSET :offset)
    SELECT m.id, ${value} AS sort_value ${list} AND ${value} <= ${first}
     ${page} OFFSET :offset - (SELECT count(*) ${list} AND ${value} > ${first})`;
}
