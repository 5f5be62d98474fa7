import type { OffsetPage, ShelfMod } from "../domain/shelf.ts";
import type { Database } from "./database.ts";
import type { ShelfQuery, ShelfStore } from "./shelf.ts";
import type { Links } from "./shelf-links.ts";
import { resolveLinks } from "./shelf-links.ts";
import { orderBy, orderOf, walkSql } from "./shelf-mod-order.ts";
import type { Candidates } from "./shelf-name.ts";
import { nameCandidates, nameLike } from "./shelf-name.ts";
import { emptyPage, readPage } from "./shelf-page.ts";
import { SHELF_MOD_COLUMNS, toShelfMod } from "./shelf-row.ts";
import { type Count, countIn } from "./shelf-totals.ts";
import type { Sql } from "./shelf-value.ts";
import { allOf, anyOf, pageWindow } from "./shelf-value.ts";

/** Up to here candidates are sorted; more are cheaper counted and looked for along an index. */
export const NARROW_MAX = 10_000;

/** Lists of mods. Whatever a page skips is skipped within an index; rows are read for the mods that are shown. */
export function createShelfMods(
  database: Database,
  narrowMax = NARROW_MAX,
  count = countIn(database),
): Pick<ShelfStore, "shelfMods"> {
  return {
    async shelfMods(query) {
      const links = await resolveLinks(database, query);
      const where = links && allOf(modConditions(query, links));
      if (links === null || where === null) return emptyPage();
      const { narrowest } = links;
      const few = narrowest !== null && narrowest.mods <= narrowMax;
      const named = few ? null : await nameCandidates(database, query.name, narrowMax);
      const list = { query, where, among: few ? narrowest : (named ?? narrowest) };
      return few || named ? readNarrow(database, list) : readWide(database, list, count);
    },
  };
}

type List = { query: ShelfQuery; where: Sql; among: Candidates | null };

const ON_SHELF: Sql = { sql: "m.condition IS NOT NULL", args: {} };
const INDEPENDENT: Sql = { sql: "NOT EXISTS (SELECT 1 FROM mod_dependencies WHERE mod_id = m.id)", args: {} };
// A mod gets its tags and its game with its first archive.
const COMING = `SELECT id FROM mods INDEXED BY shelf_coming
                 WHERE condition = 2 AND current_key IS NULL AND kept_condition IS NULL`;
const LINKED: Sql = { sql: `m.id NOT IN (${COMING})`, args: {} };

function modConditions(query: ShelfQuery, links: Links): (Sql | null)[] {
  return [
    ON_SHELF,
    ...links.conditions,
    ...(links.conditions.length > 0 ? [LINKED] : []),
    anyOf("m.origin", query.origins, "origin"),
    nameLike("m.name", query.name),
    ...(query.independent ? [INDEPENDENT] : []),
  ];
}

const BY_ID = "mods m INDEXED BY shelf_by_id";

/** Looks at each candidate once: what passes is counted and sorted. */
async function readNarrow(database: Database, list: List): Promise<OffsetPage<ShelfMod>> {
  const order = orderOf(list.query.sort);
  const window = pageWindow(list.query) ?? { limit: 0, offset: 0 };
  const rows = await database.read({
    // The left joins leave one row, for the total, when the page is empty.
    sql: `WITH hits AS MATERIALIZED (SELECT m.id, ${order.value} AS sort_value FROM ${candidates(list)})
          SELECT (SELECT count(*) FROM hits) AS total, ${SHELF_MOD_COLUMNS}
            FROM (SELECT 1)
            LEFT JOIN (SELECT * FROM hits ORDER BY ${orderBy(order, "hits")} LIMIT :limit OFFSET :offset) p
            LEFT JOIN mods m ON m.id = p.id ORDER BY ${orderBy(order, "p")}`,
    args: { ...list.where.args, ...list.among?.ids.args, ...window },
  });
  return { total: Number(rows[0]?.["total"]), items: rows.filter((row) => row["id"] !== null).map(toShelfMod) };
}

/** Counts, and walks the index of the order until the page is full. */
function readWide(database: Database, list: List, count: Count): Promise<OffsetPage<ShelfMod>> {
  const { query, where, among } = list;
  const order = orderOf(query.sort);
  // The orders' indexes do not have the name, and reading it from each row costs more than sorting what has it.
  const lacksName = query.name !== "" && query.sort.by !== "name";
  const page = lacksName
    ? `SELECT m.id, ${order.value} AS sort_value FROM ${BY_ID} WHERE ${where.sql}
        ORDER BY ${order.value} ${order.direction}, m.id LIMIT :limit OFFSET :offset`
    : walkSql(order, where.sql);
  return readPage(database, {
    total: `SELECT count(*) AS n FROM ${candidates(list)}`,
    page: `SELECT ${SHELF_MOD_COLUMNS} FROM (${page}) p CROSS JOIN mods m ON m.id = p.id ORDER BY ${orderBy(order, "p")}`,
    args: { ...where.args, ...among?.ids.args },
    window: query,
    toItem: toShelfMod,
    count,
  });
}

/** All that pass, among the candidates or else the whole shelf. */
function candidates({ query, where, among }: List): string {
  if (among === null) return `mods m INDEXED BY shelf_by_${query.name === "" ? "origin" : "name"} WHERE ${where.sql}`;
  const known = among.implies === undefined ? where.sql : where.sql.replace(` AND ${among.implies}`, "");
  return `(${among.ids.sql}) c CROSS JOIN ${BY_ID} ON m.id = c.id WHERE ${known}`;
}
