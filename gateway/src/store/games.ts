import { z } from "zod";
import type { AppFacts, Game, Genre, Origin } from "../domain/catalogue.ts";
import { ORIGINS } from "../domain/catalogue.ts";
import type { Cursor, Page } from "../domain/page.ts";
import type { Database, Statement } from "./database.ts";
import { keyset, pageLimit, sortKey, toPage } from "./keyset.ts";
import { nameKey, storedName } from "./name-key.ts";

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
  /** One page by keyset. `limit` is cut to 1–100. */
  listGames(query: GameQuery): Promise<Page<Game>>;
  /** All genres by name, at most 1,000. */
  listGenres(): Promise<Genre[]>;
}

const SORT_COLUMNS: Record<string, string> = {
  downloads: "g.mods_downloads",
  mods: "g.mods_count",
  name: "g.name_key",
  created: "g.created_at",
} satisfies Record<GameSortKey, string>;

const GENRES_MAX = 1_000;

const GAME = `
  SELECT g.*, (SELECT json_group_array(json_object('id', n.id, 'name', n.name))
                 FROM game_genres gg CROSS JOIN genres n ON n.id = gg.genre_id WHERE gg.game_id = g.id) AS genres`;

const GenreFacts = z.array(z.object({ id: z.number(), name: z.string() }));

const GameRow = z
  .object({
    id: z.number(),
    name: z.string(),
    kind: z.enum(["game", "app"]),
    short_description: z.string(),
    description: z.string(),
    logo_url: z.string().nullable(),
    origin: z.enum(ORIGINS),
    created_at: z.number(),
    mods_count: z.number(),
    mods_downloads: z.number(),
    genres: z.string().transform((text) => GenreFacts.parse(JSON.parse(text)).sort((a, b) => a.id - b.id)),
  })
  .transform(
    (row): Game => ({
      app: row.id,
      name: row.name,
      kind: row.kind,
      shortDescription: row.short_description,
      description: row.description,
      logoUrl: row.logo_url,
      genres: row.genres,
      createdAt: row.created_at,
      origin: row.origin,
      modsCount: row.mods_count,
      modsDownloads: row.mods_downloads,
    }),
  );

const GenreRow = z.object({ id: z.number(), name: z.string(), gamesCount: z.number() });

export function createGameStore(database: Database): GameStore {
  return {
    async findGame(app) {
      const [row] = await database.read({ sql: `${GAME} FROM games g WHERE g.id = :app`, args: { app } });
      return row ? GameRow.parse(row) : null;
    },
    async saveApp(app, at) {
      await database.batch(saveAppStatements(app, at));
    },
    listGames: (query) => listGames(database, query),
    async listGenres() {
      const rows = await database.read({
        sql: `SELECT n.id, n.name, (SELECT count(*) FROM game_genres gg WHERE gg.genre_id = n.id) AS "gamesCount"
                FROM genres n ORDER BY n.name, n.id LIMIT ${GENRES_MAX}`,
      });
      return rows.map((row) => GenreRow.parse(row));
    },
  };
}

async function listGames(database: Database, query: GameQuery): Promise<Page<Game>> {
  const { sort, after, q, kind, source, genres = [] } = query;
  const size = pageLimit(query.limit);
  const value = SORT_COLUMNS[sortKey(sort)];
  if (value === undefined) throw new RangeError(`Could not sort games by this: ${sort}`);
  const page = keyset(sort, { value, id: "g.id" }, after);
  const rows = await database.read({
    sql: `${GAME}, ${value} AS sort_value, g.id AS sort_id FROM games g
           WHERE ${page.where}
             AND (:q = '' OR instr(g.name_key, :q) > 0)
             AND (:kind IS NULL OR g.kind = :kind)
             AND (:origin IS NULL OR g.origin = :origin)
             AND NOT EXISTS (SELECT 1 FROM json_each(:genres) wanted WHERE NOT EXISTS
                   (SELECT 1 FROM game_genres gg WHERE gg.game_id = g.id AND gg.genre_id = wanted.value))
           ORDER BY ${page.orderBy} LIMIT :limit`,
    args: {
      ...page.args,
      q: nameKey(q ?? ""),
      kind: kind ?? null,
      origin: source ?? null,
      genres: JSON.stringify(genres),
      limit: size + 1,
    },
  });
  return toPage(rows, { sort, limit: size, toItem: (row) => GameRow.parse(row) });
}

function saveAppStatements({ app, name, genres, ...facts }: AppFacts, at: number): Statement[] {
  const { kind, shortDescription, description, logoUrl } = facts;
  const list = JSON.stringify(genres.map((genre) => [genre.id, storedName(genre.name)]));
  return [
    {
      sql: `INSERT INTO games (id, name, name_key, kind, short_description, description, logo_url, origin, created_at, facts_at)
            VALUES (:app, :name, :nameKey, :kind, :shortDescription, :description, :logoUrl, 'steam', :at, :at)
            ON CONFLICT (id) DO UPDATE SET
              name = excluded.name, name_key = excluded.name_key, kind = excluded.kind,
              short_description = excluded.short_description, description = excluded.description,
              logo_url = excluded.logo_url, facts_at = excluded.facts_at`,
      args: { app, name: storedName(name), nameKey: nameKey(name), kind, shortDescription, description, logoUrl, at },
    },
    {
      sql: `INSERT INTO genres (id, name) SELECT value ->> 0, value ->> 1 FROM json_each(:list) WHERE TRUE
            ON CONFLICT (id) DO UPDATE SET name = excluded.name`,
      args: { list },
    },
    {
      sql: `DELETE FROM game_genres WHERE game_id = :app
            AND genre_id NOT IN (SELECT value ->> 0 FROM json_each(:list))`,
      args: { app, list },
    },
    {
      sql: `INSERT INTO game_genres (game_id, genre_id) SELECT :app, value ->> 0 FROM json_each(:list) WHERE TRUE
            ON CONFLICT DO NOTHING`,
      args: { app, list },
    },
  ];
}
