import type { OffsetPage } from "../domain/shelf.ts";
import type { Database, Row, SqlArgs } from "./database.ts";
import { type Count, countIn } from "./shelf-totals.ts";
import { pageWindow } from "./shelf-value.ts";

/** `total` selects one number as `n`; `page` the rows, with `:limit` and `:offset` in it. Both take the same `args`. */
export type OffsetPageSql<Item> = {
  total: string;
  page: string;
  args: SqlArgs;
  window: { limit: number | bigint; offset: number | bigint };
  toItem: (row: Row) => Item;
  count?: Count;
};

/** The answer to a question that nothing can match. */
export function emptyPage<Item>(): OffsetPage<Item> {
  return { total: 0, items: [] };
}

/** Reads one page and the size of the whole. An offset behind everything reads no rows. */
export async function readPage<Item>(database: Database, sql: OffsetPageSql<Item>): Promise<OffsetPage<Item>> {
  const { window: asked, count = countIn(database) } = sql;
  const window = pageWindow(asked);
  const [total, rows] = await Promise.all([
    count({ sql: sql.total, args: sql.args }),
    window === null ? [] : database.read({ sql: sql.page, args: { ...sql.args, ...window } }),
  ]);
  return { total, items: rows.map(sql.toItem) };
}
