import type { Database, Statement } from "../src/store/database.ts";

/** A mod as it is put on the shelf, with ordinary values for what the test leaves out. Times in microseconds. */
export type ShelfRow = {
  id: bigint;
  name?: string;
  description?: string;
  size?: number | null;
  /** Null: it is known here and not on the shelf. */
  condition?: 0 | 1 | null;
  created?: number;
  updated?: number;
  requested?: number;
  origin?: string;
  downloads?: number;
  games?: readonly number[];
  tags?: readonly (number | bigint)[];
  needs?: readonly bigint[];
  order?: number | null;
};

/** A game on the shelf, or one that is only known. */
export type GameRow = {
  id: number;
  name?: string;
  kind?: "game" | "app";
  origin?: string;
  created?: number;
  downloads?: number;
  mods?: number;
  genres?: readonly number[];
  listed?: boolean;
};

export function aGameRow(game: GameRow): Statement[] {
  const { id, name = `Game ${id}`, kind = "game", origin = "steam", created = 0, genres = [] } = game;
  return [
    {
      sql: `INSERT INTO games (id, name, name_key, kind, origin, created_at, created_micros, facts_at, mods_downloads, fetched_mods, listed)
            VALUES (:id, :name, lower(:name), :kind, :origin, :at, :micros, 1, :downloads, :mods, :listed)`,
      args: {
        id,
        name,
        kind,
        origin,
        ...split(created),
        downloads: game.downloads ?? 0,
        mods: game.mods ?? 0,
        listed: Number(game.listed ?? true),
      },
    },
    ...genres.map((genre) => ({
      sql: "INSERT INTO game_genres (game_id, genre_id) VALUES (:id, :genre)",
      args: { id, genre },
    })),
  ];
}

export function aShelfRow(mod: ShelfRow): Statement[] {
  const { id, name = `Mod ${id}`, origin = "steam", games = [], tags = [], needs = [] } = mod;
  const [created, updated, requested] = [mod.created, mod.updated, mod.requested].map((at) => split(at ?? 0));
  return [
    {
      sql: `INSERT INTO mods (id, origin, name, name_key, description, app, size_bytes, created_at, created_micros, updated_at,
                              updated_micros, requested_at, requested_micros, downloads, kept_condition, condition, shelf_order)
            VALUES (:id, :origin, :name, lower(:name), :description, :app, :size, :createdAt, :createdMicros, :updatedAt,
                    :updatedMicros, :requestedAt, :requestedMicros, :downloads, :condition, :condition, :order)`,
      args: {
        id,
        name,
        origin,
        description: mod.description ?? "",
        app: games[0] ?? null,
        size: mod.size === undefined ? 1 : mod.size,
        createdAt: created?.at ?? 0,
        createdMicros: created?.micros ?? 0,
        updatedAt: updated?.at ?? 0,
        updatedMicros: updated?.micros ?? 0,
        requestedAt: requested?.at ?? 0,
        requestedMicros: requested?.micros ?? 0,
        downloads: mod.downloads ?? 0,
        condition: mod.condition === undefined ? 0 : mod.condition,
        order: mod.order ?? null,
      },
    },
    ...games.map((game) => ({
      sql: "INSERT INTO mod_games (mod_id, game_id) VALUES (:id, :game)",
      args: { id, game },
    })),
    ...tags.map((tag) => ({ sql: "INSERT INTO mod_tags (mod_id, tag_id) VALUES (:id, :tag)", args: { id, tag } })),
    ...needs.map((need) => ({
      sql: "INSERT INTO mod_dependencies (mod_id, dependency_id) VALUES (:id, :need)",
      args: { id, need },
    })),
  ];
}

export function aTagRow(id: number, name = `Tag ${id}`, listed = true): Statement {
  return {
    sql: "INSERT INTO tags (id, name, name_key, listed) VALUES (:id, :name, lower(:name), :listed)",
    args: { id, name, listed: Number(listed) },
  };
}

export function aGenreRow(id: number, name = `Genre ${id}`): Statement {
  return { sql: "INSERT INTO genres (id, name) VALUES (:id, :name)", args: { id, name } };
}

/** Stores all of it at once. */
export async function putOnShelf(database: Database, statements: readonly (Statement | Statement[])[]): Promise<void> {
  await database.batch(statements.flat());
}

function split(micros: number): { at: number; micros: number } {
  const at = Math.floor(micros / 1_000);
  return { at, micros: micros - at * 1_000 };
}
