import type { Cursor, Page } from "../domain/page.ts";
import { PAGE_LIMIT_MAX } from "../domain/page.ts";
import type { Row, SqlArgs } from "./database.ts";

/** The SQL of one order: the value it sorts by and the id that breaks ties, both as columns of one index. */
export type OrderColumns = { value: string; id: string };

export type Keyset = { where: string; orderBy: string; args: SqlArgs };

/** SQL that continues after `after` and orders the rows. Ties go in the same direction, so one index serves both ways. */
export function keyset(sort: string, { value, id }: OrderColumns, after: Cursor | null | undefined): Keyset {
  const descending = sort.startsWith("-");
  const direction = descending ? "DESC" : "ASC";
  const orderBy = `${value} ${direction}, ${id} ${direction}`;
  if (!after) return { where: "TRUE", orderBy, args: {} };
  return {
    where: `(${value}, ${id}) ${descending ? "<" : ">"} (:afterValue, :afterId)`,
    orderBy,
    args: { afterValue: after.value, afterId: after.id },
  };
}

/** The sort key without its sign. */
export function sortKey(sort: string): string {
  return sort.replace(/^-/, "");
}

/** A limit that no caller can make too large. */
export function pageLimit(limit: number, max = PAGE_LIMIT_MAX): number {
  return Math.min(Math.max(Math.trunc(limit) || 1, 1), max);
}

/** Cuts the one row too many that was read and makes the cursor of the next page from the last one that stays. */
export function toPage<Item>(
  rows: readonly Row[],
  page: { sort: string; limit: number; toItem: (row: Row) => Item },
): Page<Item> {
  const shown = rows.slice(0, page.limit);
  const last = shown.at(-1);
  const next = last && rows.length > page.limit ? cursorAt(page.sort, last) : null;
  return { items: shown.map(page.toItem), next };
}

function cursorAt(sort: string, row: Row): Cursor {
  const value = row["sort_value"];
  if (typeof value !== "string" && typeof value !== "number")
    throw new TypeError("Could not make a cursor: no sort value");
  return { sort, value, id: String(row["sort_id"]) };
}
