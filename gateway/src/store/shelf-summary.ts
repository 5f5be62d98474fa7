import type { LibrarySummary } from "../domain/shelf.ts";
import type { Database } from "./database.ts";
import type { ShelfStore } from "./shelf.ts";
import { shareReads } from "./shelf-revision.ts";

const REVISION = { sql: "SELECT n FROM revisions WHERE name = 'catalogue'" };

// The distinct mods are counted along their index, which a `count(DISTINCT …)` would not do.
const SUMMARY = `
  SELECT (SELECT count(*) FROM mods WHERE condition IS NOT NULL) AS mods,
         (SELECT count(*) FROM games WHERE listed = 1 AND facts_at IS NOT NULL) AS games,
         (SELECT count(*) FROM genres) AS genres,
         (SELECT count(*) FROM tags WHERE listed = 1) AS tags,
         (SELECT count(*) FROM (SELECT DISTINCT mod_id FROM mod_dependencies)) AS dependents,
         (SELECT coalesce(sum(mods_downloads), 0) FROM games WHERE listed = 1 AND facts_at IS NOT NULL) AS downloads`;

/** What is true of the whole shelf. */
export function createShelfSummary(database: Database): Pick<ShelfStore, "revision" | "summary"> {
  return {
    revision: shareReads(async () => {
      const [row] = await database.read(REVISION);
      return Number(row?.["n"]);
    }),
    async summary(): Promise<LibrarySummary> {
      const [row] = await database.read({ sql: SUMMARY });
      const number = (name: keyof LibrarySummary) => Number(row?.[name]);
      return {
        mods: number("mods"),
        games: number("games"),
        genres: number("genres"),
        tags: number("tags"),
        dependents: number("dependents"),
        downloads: number("downloads"),
      };
    },
  };
}
