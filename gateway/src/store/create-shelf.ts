import type { Database } from "./database.ts";
import type { ShelfStore } from "./shelf.ts";

/** The shelf over one database. It holds no state of its own. */
export function createShelfStore(database: Database): ShelfStore {
  const later = async (): Promise<never> => {
    throw new Error("Could not read the shelf: this is being built");
  };
  return {
    async revision() {
      const [row] = await database.read({ sql: "SELECT n FROM revisions WHERE name = 'catalogue'" });
      return Number(row?.["n"]);
    },
    findShelfMod: later,
    conditions: later,
    dependencies: later,
    shelfMods: later,
    findShelfGame: later,
    shelfGames: later,
    tagsOfGame: later,
    genres: later,
    resources: later,
    summary: later,
    shelfOf: later,
    shelfGamesByAge: later,
  };
}
