import type { Mod, Origin } from "../domain/catalogue.ts";
import type { Cursor, Page } from "../domain/page.ts";
import type { Database } from "./database.ts";

/** What mods can be sorted by; `-` in front turns the order round. Ties are broken by id in the same direction. */
export const MOD_SORT_KEYS = ["downloads", "name", "size", "created", "updated", "requested", "published"] as const;
export type ModSortKey = (typeof MOD_SORT_KEYS)[number];
export type ModSort = ModSortKey | `-${ModSortKey}`;

/** Which mods. Every condition must hold; what is left out does not restrict. */
export type ModFilter = {
  /** Part of the name, in any case. */
  q?: string;
  game?: number;
  /** Names of tags a mod must all have. */
  tags?: readonly string[];
  /** Names of tags a mod must not have. */
  excludeTags?: readonly string[];
  source?: Origin;
  /** Changed at the source at or after this time (milliseconds UTC). */
  updatedSince?: number;
  /** Only mods that can be downloaded at once. */
  onlyWithArchive?: boolean;
};

export type ModQuery = ModFilter & { sort: ModSort; limit: number; after?: Cursor | null };

/** How many mods of a filtered list belong to each game and tag, most first, at most 50 of each. */
export type Facets = {
  games: readonly { id: number; name: string; mods: number }[];
  tags: readonly { name: string; mods: number }[];
  /** False when the list is too long to count: the figures are those of its first part. */
  complete: boolean;
};

export interface ModListStore {
  /** One page by keyset: a deep page costs what the first costs. `limit` is cut to 1–100. */
  listMods(query: ModQuery): Promise<Page<Mod>>;
  modFacets(filter: ModFilter): Promise<Facets>;
}

export declare function createModListStore(database: Database): ModListStore;
