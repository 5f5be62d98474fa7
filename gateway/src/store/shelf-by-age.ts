import type { Database } from "./database.ts";
import type { ShelfStore } from "./shelf.ts";
import { emptyPage, readPage } from "./shelf-page.ts";
import { SHELF_GAME_COLUMNS, SHELF_MOD_COLUMNS, toShelfGame, toShelfMod } from "./shelf-row.ts";
import { anyOf, toId } from "./shelf-value.ts";

type ReadsByAge = Pick<ShelfStore, "shelfOf" | "shelfGamesByAge">;

/** Lists in the order in which mods and games came. */
export function createShelfByAge(database: Database): ReadsByAge {
  return {
    async shelfOf(game, { origin, ...window }) {
      const from = anyOf("s.origin", origin === null ? [] : [origin], "origin");
      if (from === null) return emptyPage();
      const shelf = `FROM mods s WHERE s.app = :game AND s.shelf_order IS NOT NULL AND s.condition IS NOT NULL AND ${from.sql}`;
      return readPage(database, {
        total: `SELECT count(*) AS n ${shelf}`,
        page: `SELECT ${SHELF_MOD_COLUMNS}
                 FROM (SELECT s.id, s.shelf_order ${shelf} ORDER BY s.shelf_order, s.id LIMIT :limit OFFSET :offset) p
                CROSS JOIN mods m ON m.id = p.id ORDER BY p.shelf_order, p.id`,
        args: { game: toId(game), ...from.args },
        window,
        toItem: toShelfMod,
      });
    },
    async shelfGamesByAge({ origin, ...window }) {
      const from = anyOf("g.origin", origin === null ? [] : [origin], "origin");
      if (from === null) return emptyPage();
      const shelf = `FROM games g WHERE g.listed = 1 AND g.facts_at IS NOT NULL AND ${from.sql}`;
      return readPage(database, {
        total: `SELECT count(*) AS n ${shelf}`,
        page: `SELECT ${SHELF_GAME_COLUMNS} ${shelf} ORDER BY created, g.id LIMIT :limit OFFSET :offset`,
        args: from.args,
        window,
        toItem: toShelfGame,
      });
    },
  };
}
