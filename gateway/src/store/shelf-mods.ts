import type { OffsetPage, ShelfMod } from "../domain/shelf.ts";
import type { Database } from "./database.ts";
import type { ShelfQuery, ShelfSort, ShelfStore } from "./shelf.ts";
import type { Links } from "./shelf-links.ts";
import { resolveLinks } from "./shelf-links.ts";
import type { Candidates } from "./shelf-name.ts";
import { nameCandidates, nameLike } from "./shelf-name.ts";
import { EMPTY_PAGE, readPage } from "./shelf-page.ts";
import { SHELF_MOD_COLUMNS, toShelfMod } from "./shelf-row.ts";
import type { Sql } from "./shelf-value.ts";
import { allOf, anyOf, pageWindow } from "./shelf-value.ts";

/** Up to here candidates are sorted; more are cheaper counted and looked for along an index. */
const NARROW_MAX = 10_000;

/** Lists of mods. Whatever a page skips is skipped within an index; rows are read for the mods that are shown. */
export function createShelfMods(database: Database, narrowMax = NARROW_MAX): Pick<ShelfStore, "shelfMods"> {
  return {
    async shelfMods(query) {
      const links = await resolveLinks(database, query);
      const where = links && allOf(modConditions(query, links));
      if (links === null || where === null) return EMPTY_PAGE;
      const { narrowest } = links;
      const few = narrowest !== null && narrowest.mods <= narrowMax;
      const named = few ? null : await nameCandidates(database, query.name, narrowMax);
      const narrow = few ? narrowest : named;
      const list = { query, where, order: orderOf(query.sort) };
      return narrow ? readNarrow(database, list, narrow) : readWide(database, list, narrowest);
    },
  };
}

type List = { query: ShelfQuery; where: Sql; order: Order };
/** The value sorted by, the index that has it, and what else that index tells. */
type Order = { value: string; index: string; by: string };

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

const DOWNWARD: readonly ShelfSort["by"][] = ["origin", "downloads"];

function orderOf({ by, descending }: ShelfSort): Order {
  const index = `shelf_by_${by}${descending && DOWNWARD.includes(by) ? "_down" : ""}`;
  return { value: SORT_VALUES[by], index, by: `sort_value ${descending ? "DESC" : "ASC"}, id` };
}

const ON_SHELF: Sql = { sql: "m.condition IS NOT NULL", args: {} };
const INDEPENDENT: Sql = { sql: "NOT EXISTS (SELECT 1 FROM mod_dependencies WHERE mod_id = m.id)", args: {} };

function modConditions(query: ShelfQuery, links: Links): (Sql | null)[] {
  return [
    ON_SHELF,
    ...links.conditions,
    anyOf("m.origin", query.origins, "origin"),
    nameLike("m.name", query.name),
    ...(query.independent ? [INDEPENDENT] : []),
  ];
}

const BY_ID = "mods m INDEXED BY shelf_by_id";
const among = ({ ids }: Candidates) => `(${ids.sql}) c CROSS JOIN ${BY_ID} ON m.id = c.id`;

/** Looks at each candidate once: what passes is counted and sorted. */
async function readNarrow(
  database: Database,
  { query, where, order }: List,
  narrow: Candidates,
): Promise<OffsetPage<ShelfMod>> {
  const window = pageWindow(query) ?? { limit: 0, offset: 0 };
  const rows = await database.read({
    // The left joins leave one row, for the total, when the page is empty.
    sql: `WITH hits AS MATERIALIZED (SELECT m.id, ${order.value} AS sort_value FROM ${among(narrow)} WHERE ${where.sql})
          SELECT (SELECT count(*) FROM hits) AS total, ${SHELF_MOD_COLUMNS}
            FROM (SELECT 1) LEFT JOIN (SELECT * FROM hits ORDER BY ${order.by} LIMIT :limit OFFSET :offset) p
            LEFT JOIN mods m ON m.id = p.id ORDER BY ${shownBy(order)}`,
    args: { ...where.args, ...narrow.ids.args, ...window },
  });
  return { total: Number(rows[0]?.["total"]), items: rows.filter((row) => row["id"] !== null).map(toShelfMod) };
}

/** Counts, and walks the index of the order until the page is full. */
function readWide(
  database: Database,
  { query, where, order }: List,
  narrowest: Candidates | null,
): Promise<OffsetPage<ShelfMod>> {
  // The orders' indexes do not have the name, and reading it from each row costs more than sorting what has it.
  const lacksName = query.name !== "" && query.sort.by !== "name";
  return readPage(database, {
    total: `SELECT count(*) AS n FROM ${countFrom(query, narrowest)} WHERE ${where.sql}`,
    page: `SELECT ${SHELF_MOD_COLUMNS}
             FROM (SELECT m.id, ${order.value} AS sort_value FROM ${lacksName ? BY_ID : `mods m INDEXED BY ${order.index}`}
                    WHERE ${where.sql} ORDER BY ${order.by.replace(", id", ", m.id")} LIMIT :limit OFFSET :offset) p
            CROSS JOIN mods m ON m.id = p.id ORDER BY ${shownBy(order)}`,
    args: { ...where.args, ...narrowest?.ids.args },
    window: query,
    toItem: toShelfMod,
  });
}

function shownBy(order: Order): string {
  return order.by.replace("sort_value", "p.sort_value").replace(", id", ", p.id");
}

function countFrom(query: ShelfQuery, narrowest: Candidates | null): string {
  if (narrowest !== null) return among(narrowest);
  return `mods m INDEXED BY ${query.name === "" ? "shelf_by_origin" : "shelf_by_name"}`;
}
