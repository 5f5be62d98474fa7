import type { Database } from "./database.ts";
import type { ShelfStore } from "./shelf.ts";
import { emptyPage, readPage } from "./shelf-page.ts";
import { toLabel, toResource } from "./shelf-row.ts";
import { anyOf, toId } from "./shelf-value.ts";

type LabelReads = Pick<ShelfStore, "tagsOfGame" | "genres" | "resources">;

// A game that is not on the shelf has no tags there.
const TAGS_OF_GAME = `
  FROM game_tags gt CROSS JOIN tags t ON t.id = gt.tag_id
 WHERE gt.game_id = (SELECT id FROM games WHERE id = :game AND listed = 1 AND facts_at IS NOT NULL)
   AND gt.listed = 1 AND t.listed = 1`;

/** Lists of what mods and games are labelled and shown with. */
export function createShelfLabels(database: Database): LabelReads {
  return {
    tagsOfGame: (game, window) =>
      readPage(database, {
        total: `SELECT count(*) AS n ${TAGS_OF_GAME}`,
        page: `SELECT t.id, t.name ${TAGS_OF_GAME} ORDER BY gt.tag_id LIMIT :limit OFFSET :offset`,
        args: { game: toId(game) },
        window,
        toItem: toLabel,
      }),
    genres: (window) =>
      readPage(database, {
        total: "SELECT count(*) AS n FROM genres",
        page: "SELECT id, name FROM genres ORDER BY id LIMIT :limit OFFSET :offset",
        args: {},
        window,
        toItem: toLabel,
      }),
    async resources(mod, { kinds, ...window }) {
      const ofKind = anyOf("kind", kinds, "kind");
      if (ofKind === null) return emptyPage();
      const from = `FROM media WHERE mod_id = :mod AND ${ofKind.sql}`;
      return readPage(database, {
        total: `SELECT count(*) AS n ${from}`,
        page: `SELECT id, kind, url, at * 1000 + at_micros AS at, CAST(mod_id AS TEXT) AS mod ${from}
               ORDER BY media.id LIMIT :limit OFFSET :offset`,
        args: { mod: toId(mod), ...ofKind.args },
        window,
        toItem: toResource,
      });
    },
  };
}
