import { z } from "zod";
import type { Tag } from "../domain/catalogue.ts";
import type { Cursor, Page } from "../domain/page.ts";
import type { Database } from "./database.ts";
import type { OrderColumns } from "./keyset.ts";
import { keyset, pageLimit, sortKey, toPage } from "./keyset.ts";
import { nameKey } from "./name-key.ts";

export const TAG_SORT_KEYS = ["mods", "name"] as const;
export type TagSortKey = (typeof TAG_SORT_KEYS)[number];
export type TagSort = TagSortKey | `-${TagSortKey}`;

export type TagQuery = {
  /** Only tags seen at this game's mods; the counts are then the game's. */
  game?: number;
  /** Part of the name, in any case. */
  q?: string;
  sort: TagSort;
  limit: number;
  after?: Cursor | null;
};

export interface TagStore {
  /** Tags that at least one mod has, one page by keyset. `limit` is cut to 1–100. */
  listTags(query: TagQuery): Promise<Page<Tag>>;
}

const TagRow = z
  .object({ id: z.number(), name: z.string(), mods_count: z.number() })
  .transform(({ id, name, mods_count }): Tag => ({ id, name, modsCount: mods_count }));

export function createTagStore(database: Database): TagStore {
  return {
    async listTags({ game, q, sort, limit, after }) {
      const size = pageLimit(limit);
      const { from, columns } = tagOrder(sort, game !== undefined);
      const page = keyset(sort, columns, after);
      const rows = await database.read({
        sql: `SELECT t.id, t.name, c.mods_count, ${columns.value} AS sort_value, ${columns.id} AS sort_id FROM ${from}
               WHERE c.mods_count > 0 AND (:q = '' OR instr(t.name_key, :q) > 0) AND ${page.where}
               ORDER BY ${page.orderBy} LIMIT :limit`,
        args: { ...page.args, ...(game === undefined ? {} : { game }), q: nameKey(q ?? ""), limit: size + 1 },
      });
      return toPage(rows, { sort, limit: size, toItem: (row) => TagRow.parse(row) });
    },
  };
}

/** Counts `c` and tags `t`: of one game, or of the whole library, where both are the same row. */
function tagOrder(sort: TagSort, ofGame: boolean): { from: string; columns: OrderColumns } {
  const byName = sortKey(sort) === "name";
  if (!ofGame) {
    return {
      from: "tags c CROSS JOIN tags t ON t.id = c.id",
      columns: { value: byName ? "c.name_key" : "c.mods_count", id: "c.id" },
    };
  }
  return {
    from: "game_tags c CROSS JOIN tags t ON t.id = c.tag_id AND c.game_id = :game",
    columns: { value: byName ? "t.name_key" : "c.mods_count", id: "c.tag_id" },
  };
}
