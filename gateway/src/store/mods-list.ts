import type { Mod } from "../domain/catalogue.ts";
import type { Cursor, Page } from "../domain/page.ts";
import type { Database, SqlArgs } from "./database.ts";
import { keyset, pageLimit, sortKey, toPage } from "./keyset.ts";
import type { Facets } from "./mod-facets.ts";
import { readFacets } from "./mod-facets.ts";
import type { Condition, ModFilter } from "./mod-filter.ts";
import { allArgs, allWhere, modConditions, narrowFrom } from "./mod-filter.ts";
import { MOD_COLUMNS, MOD_JOINS, toMod } from "./mod-row.ts";

export type { Facets, ModFilter };

/** What mods can be sorted by; `-` in front turns the order round. Ties are broken by id in the same direction. */
export const MOD_SORT_KEYS = ["downloads", "name", "size", "created", "updated", "requested", "published"] as const;
export type ModSortKey = (typeof MOD_SORT_KEYS)[number];
export type ModSort = ModSortKey | `-${ModSortKey}`;

export type ModQuery = ModFilter & { sort: ModSort; limit: number; after?: Cursor | null };

export interface ModListStore {
  /** One page by keyset: a deep page costs what the first costs. `limit` is cut to 1–100. */
  listMods(query: ModQuery): Promise<Page<Mod>>;
  modFacets(filter: ModFilter): Promise<Facets>;
}

type SortColumn = { value: string; index: string };

// The very expressions of the indexes. A mod of unknown size counts as empty, one without an archive as never published.
const SORT_COLUMNS: Record<ModSortKey, SortColumn> = {
  downloads: { value: "m.downloads", index: "mods_by_downloads" },
  name: { value: "m.name_key", index: "mods_by_name" },
  size: { value: "coalesce(m.size_bytes, 0)", index: "mods_by_size" },
  created: { value: "m.created_at", index: "mods_by_created" },
  updated: { value: "m.updated_at", index: "mods_by_updated" },
  requested: { value: "m.requested_at", index: "mods_by_requested" },
  published: { value: "coalesce(m.published_at, 0)", index: "mods_by_published" },
};

/** Up to here it is cheaper to sort what one condition lets through than to walk the sorted index and look for it. */
const NARROW_MAX = 4_000;

export function createModListStore(database: Database, narrowMax = NARROW_MAX): ModListStore {
  return {
    modFacets: (filter) => readFacets(database, filter, narrowMax),
    async listMods({ sort, limit, after, ...filter }) {
      const size = pageLimit(limit);
      const conditions = modConditions(filter);
      const narrow = await narrowFrom(database, conditions, narrowMax);
      const page = pageSql({ sort, conditions, narrow, after: after ?? null });
      const { orderBy } = keyset(sort, { value: "p.sort_value", id: "p.id" }, null);
      const rows = await database.read({
        // The page is found first, so that tags and versions are only read for rows that are shown.
        sql: `SELECT p.sort_value, CAST(p.id AS TEXT) AS sort_id, ${MOD_COLUMNS}
                FROM (${page.sql}) p CROSS JOIN mods m ON m.id = p.id ${MOD_JOINS} ORDER BY ${orderBy}`,
        args: { ...allArgs(conditions), ...page.args, limit: size + 1 },
      });
      return toPage(rows, { sort, limit: size, toItem: toMod });
    },
  };
}

type PageOfIds = { sort: ModSort; conditions: readonly Condition[]; narrow: string | null; after: Cursor | null };

/** The ids of one page and what they are sorted by. */
function pageSql({ sort, conditions, narrow, after }: PageOfIds): { sql: string; args: SqlArgs } {
  const { value, index } = sortColumn(sort);
  const { where, orderBy, args } = keyset(sort, { value, id: "m.id" }, after);
  const select = (range: string) => `
    SELECT m.id, ${value} AS sort_value FROM ${narrow ?? `mods m INDEXED BY ${index}`}
     WHERE ${allWhere(conditions)} AND ${range} ORDER BY ${orderBy} LIMIT :limit`;
  if (narrow !== null || after === null) return { sql: select(where), args };
  const beyond = sort.startsWith("-") ? "<" : ">";
  // Two ranges, because SQLite compares rows by their first column only and would read all ties again.
  const sql = `
    SELECT * FROM (${select(`${value} = :afterValue AND m.id ${beyond} CAST(:afterId AS INTEGER)`)})
    UNION ALL SELECT * FROM (${select(`${value} ${beyond} :afterValue`)})
    ORDER BY ${keyset(sort, { value: "sort_value", id: "id" }, null).orderBy} LIMIT :limit`;
  return { sql, args };
}

function sortColumn(sort: ModSort): SortColumn {
  const key = sortKey(sort);
  const known = MOD_SORT_KEYS.find((name) => name === key);
  if (!known) throw new RangeError(`Could not sort mods by this: ${sort}`);
  return SORT_COLUMNS[known];
}
