import type { Tag } from "../domain/catalogue.ts";
import type { Cursor, Page } from "../domain/page.ts";
import type { Database } from "./database.ts";

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
  /** Tags that at least one mod has. */
  listTags(query: TagQuery): Promise<Page<Tag>>;
}

export declare function createTagStore(database: Database): TagStore;
