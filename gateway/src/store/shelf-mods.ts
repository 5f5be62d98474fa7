import type { Database } from "./database.ts";
import type { ShelfQuery, ShelfSort, ShelfStore } from "./shelf.ts";
import type { Links } from "./shelf-links.ts";
import { resolveLinks } from "./shelf-links.ts";
import { readPage } from "./shelf-page.ts";
import { SHELF_MOD_COLUMNS, toShelfMod } from "./shelf-row.ts";
import type { Sql } from "./shelf-value.ts";
import { allOf, anyOf, nameLike } from "./shelf-value.ts";

type SortColumn = { value: string; up: string; down: string };

// The very expressions of the indexes. A mod of unknown size comes before all others, as NULL does.
const SORT_COLUMNS: Record<ShelfSort["by"], SortColumn> = {
  name: column("m.name", "name"),
  size: column("coalesce(m.size_bytes, -1)", "size"),
  created: column("m.created_at * 1000 + m.created_micros", "created"),
  updated: column("m.updated_at * 1000 + m.updated_micros", "updated"),
  requested: column("m.requested_at * 1000 + m.requested_micros", "requested"),
  origin: { value: "m.origin", up: "shelf_by_origin", down: "shelf_by_origin_down" },
  downloads: { value: "m.downloads", up: "shelf_by_downloads", down: "shelf_by_downloads_down" },
};

function column(value: string, name: string): SortColumn {
  return { value, up: `shelf_by_${name}`, down: `shelf_by_${name}` };
}

const ON_SHELF: Sql = { sql: "m.condition IS NOT NULL", args: {} };
const INDEPENDENT = "NOT EXISTS (SELECT 1 FROM mod_dependencies WHERE mod_id = m.id)";

/** Up to here it is cheaper to sort what one tag or game lets through than to look at the whole shelf. */
const NARROW_MAX = 20_000;

/** Lists of mods. A page costs no rows but its own: what it skips is skipped within an index. */
export function createShelfMods(database: Database): Pick<ShelfStore, "shelfMods"> {
  return {
    async shelfMods(query) {
      const links = await resolveLinks(database, query);
      if (links === null) return { total: 0, items: [] };
      const where = allOf(modConditions(query, links));
      const { value } = SORT_COLUMNS[query.sort.by];
      const direction = query.sort.descending ? "DESC" : "ASC";
      const from = fromSql(query, links);
      return readPage(database, {
        total: `SELECT count(*) AS n FROM ${from ?? "mods m"} WHERE ${where.sql}`,
        page: `SELECT ${SHELF_MOD_COLUMNS}
                 FROM (SELECT m.id, ${value} AS sort_value FROM ${from ?? `mods m INDEXED BY ${sortIndex(query.sort)}`}
                        WHERE ${where.sql} ORDER BY sort_value ${direction}, m.id LIMIT :limit OFFSET :offset) p
                CROSS JOIN mods m ON m.id = p.id ORDER BY p.sort_value ${direction}, p.id`,
        args: where.args,
        window: query,
        toItem: toShelfMod,
      });
    },
  };
}

function sortIndex({ by, descending }: ShelfSort): string {
  return descending ? SORT_COLUMNS[by].down : SORT_COLUMNS[by].up;
}

function modConditions(query: ShelfQuery, links: Links): Sql[] {
  return [
    ON_SHELF,
    ...links.conditions,
    anyOf("m.origin", query.origins, "origin"),
    nameLike("m.name", query.name),
    ...(query.independent ? [{ sql: INDEPENDENT, args: {} }] : []),
  ];
}

/** Where a filtered list begins; null for the whole shelf in its order. `shelf_by_id` has all that is asked about a mod. */
function fromSql(query: ShelfQuery, { narrowest }: Links): string | null {
  if (narrowest !== null && narrowest.mods <= NARROW_MAX)
    return `(${narrowest.sql}) c CROSS JOIN mods m INDEXED BY shelf_by_id ON m.id = c.id`;
  return query.name === "" && query.origins.length === 0 ? null : "mods m INDEXED BY shelf_by_id";
}
