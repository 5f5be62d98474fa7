import type { Database } from "./database.ts";
import type { ShelfGameQuery, ShelfGameSort, ShelfStore } from "./shelf.ts";
import { nameLike } from "./shelf-name.ts";
import { emptyPage, readPage } from "./shelf-page.ts";
import { SHELF_GAME_COLUMNS, toShelfGame } from "./shelf-row.ts";
import type { Sql } from "./shelf-value.ts";
import { allOf, anyOf, isStorable, toId } from "./shelf-value.ts";

type GameReads = Pick<ShelfStore, "findShelfGame" | "shelfGames">;

const SORT_COLUMNS: Record<ShelfGameSort["by"], string> = {
  name: "s.name",
  kind: "s.kind",
  created: "s.created_at * 1000 + s.created_micros",
  downloads: "s.mods_downloads",
  mods: "s.fetched_mods",
  origin: "s.origin",
};

const ON_SHELF: Sql = { sql: "s.listed = 1 AND s.facts_at IS NOT NULL", args: {} };

/** Reads of games. */
export function createShelfGames(database: Database): GameReads {
  return {
    async findShelfGame(id) {
      const [row] = await database.read({
        sql: `SELECT ${SHELF_GAME_COLUMNS} FROM games g WHERE g.id = :id AND g.listed = 1 AND g.facts_at IS NOT NULL`,
        args: { id: toId(id) },
      });
      return row ? toShelfGame(row) : null;
    },
    async shelfGames({ sort, limit, offset, ...query }) {
      const where = allOf(gameConditions(query));
      if (where === null) return emptyPage();
      const direction = sort.descending ? "DESC" : "ASC";
      const from = `FROM games s INDEXED BY games_on_shelf WHERE ${where.sql}`;
      return readPage(database, {
        total: `SELECT count(*) AS n ${from}`,
        // Descriptions are only read for the games that are shown: the index has all else.
        page: `SELECT ${SHELF_GAME_COLUMNS}
                 FROM (SELECT s.id, ${SORT_COLUMNS[sort.by]} AS sort_value ${from}
                        ORDER BY sort_value ${direction}, s.id LIMIT :limit OFFSET :offset) p
                CROSS JOIN games g ON g.id = p.id ORDER BY p.sort_value ${direction}, p.id`,
        args: where.args,
        window: { limit, offset },
        toItem: toShelfGame,
      });
    },
  };
}

function gameConditions(query: Pick<ShelfGameQuery, "kinds" | "genres" | "origins" | "name">): (Sql | null)[] {
  return [
    ON_SHELF,
    anyOf("s.kind", query.kinds, "kind"),
    anyOf("s.origin", query.origins, "origin"),
    nameLike("s.name", query.name),
    ...query.genres.map((genre, i) => {
      if (!isStorable(genre)) return null;
      const ofGenre = `SELECT 1 FROM game_genres WHERE game_id = s.id AND genre_id = :genre${i}`;
      return { sql: `EXISTS (${ofGenre})`, args: { [`genre${i}`]: genre } };
    }),
  ];
}
