import type { AppFacts, Game, Genre, Origin } from "../domain/catalogue.ts";
import type { Cursor, Page } from "../domain/page.ts";
import type { Database } from "./database.ts";

export const GAME_SORT_KEYS = ["downloads", "mods", "name", "created"] as const;
export type GameSortKey = (typeof GAME_SORT_KEYS)[number];
export type GameSort = GameSortKey | `-${GameSortKey}`;

export type GameQuery = {
  /** Part of the name, in any case. */
  q?: string;
  kind?: "game" | "app";
  /** Steam's ids of genres a game must all have. */
  genres?: readonly number[];
  source?: Origin;
  sort: GameSort;
  limit: number;
  after?: Cursor | null;
};

/** Games and applications that mods are made for. One exists from its first mod on, called `App <id>` until Steam told more. */
export interface GameStore {
  findGame(app: number): Promise<Game | null>;
  /** Takes over what Steam's store says. Counts and the time of registration stay. */
  saveApp(app: AppFacts, at: number): Promise<void>;
  /** Games whose facts were never fetched, the oldest first. */
  gamesWithoutFacts(limit: number): Promise<number[]>;
  listGames(query: GameQuery): Promise<Page<Game>>;
  /** All genres by name, at most 1,000. */
  listGenres(): Promise<Genre[]>;
}

export declare function createGameStore(database: Database): GameStore;
