import type { ModId } from "@modfleet/protocol";
import type {
  Label,
  LibrarySummary,
  OffsetPage,
  Resource,
  ShelfCondition,
  ShelfGame,
  ShelfMod,
} from "../domain/shelf.ts";

/** One element of a filter as the client wrote it: SQLite's rules decide what it equals. */
export type FilterValue = string | number | bigint | null;

export const SHELF_SORTS = ["name", "size", "created", "updated", "requested", "origin", "downloads"] as const;
export type ShelfSort = { by: (typeof SHELF_SORTS)[number]; descending: boolean };

/** `offset` below 0 is 0; one beyond 64 bits finds nothing. Ties are broken by id upwards in both directions. */
export type OffsetQuery = { limit: number; offset: number | bigint };

export type ShelfQuery = OffsetQuery & {
  sort: ShelfSort;
  /** Ids of tags and games that a mod must all have. */
  tags: readonly FilterValue[];
  games: readonly FilterValue[];
  /** Any of these; empty: all. */
  origins: readonly FilterValue[];
  /** Only mods that need no others. */
  independent: boolean;
  /** Part of the name by SQL's LIKE: `%` and `_` are wildcards, case counts beyond ASCII. */
  name: string;
};

export const SHELF_GAME_SORTS = ["name", "kind", "created", "downloads", "mods", "origin"] as const;
export type ShelfGameSort = { by: (typeof SHELF_GAME_SORTS)[number]; descending: boolean };

export type ShelfGameQuery = OffsetQuery & {
  sort: ShelfGameSort;
  kinds: readonly FilterValue[];
  genres: readonly FilterValue[];
  origins: readonly FilterValue[];
  name: string;
};

/** Reads the library as PyTorrent showed it. Never writes. */
export interface ShelfStore {
  /** Changes with everything that the answers below are made of, counters of files sent included. */
  revision(): Promise<number>;
  findShelfMod(id: ModId): Promise<ShelfMod | null>;
  /** Of the ids that exist, in ascending order. */
  conditions(ids: readonly FilterValue[]): Promise<{ id: ModId; condition: ShelfCondition }[]>;
  /** What a mod needs, in the order it was learned; also of mods that are not here. */
  dependencies(id: ModId, limit: number): Promise<{ total: number; ids: ModId[] }>;
  shelfMods(query: ShelfQuery): Promise<OffsetPage<ShelfMod>>;
  findShelfGame(id: number | bigint): Promise<ShelfGame | null>;
  shelfGames(query: ShelfGameQuery): Promise<OffsetPage<ShelfGame>>;
  /** Tags seen at the game's mods, by id. */
  tagsOfGame(game: number | bigint, page: OffsetQuery): Promise<OffsetPage<Label>>;
  genres(page: OffsetQuery): Promise<OffsetPage<Label>>;
  /** `kinds` empty: all. */
  resources(mod: ModId, query: OffsetQuery & { kinds: readonly FilterValue[] }): Promise<OffsetPage<Resource>>;
  summary(): Promise<LibrarySummary>;
  /** Mods by the order in which they came, of one game; `limit` below 0: all. For PyTorrent's first interface. */
  shelfOf(
    game: number | bigint,
    query: { limit: number | bigint; offset: number | bigint; origin: string | null },
  ): Promise<OffsetPage<ShelfMod>>;
  /** Games by the time of their registration, the same way. */
  shelfGamesByAge(query: {
    limit: number | bigint;
    offset: number | bigint;
    origin: string | null;
  }): Promise<OffsetPage<ShelfGame>>;
}
