import type { Database } from "./database.ts";
import type { ShelfStore } from "./shelf.ts";
import { createShelfByAge } from "./shelf-by-age.ts";
import { createShelfGames } from "./shelf-games.ts";
import { createShelfItems } from "./shelf-items.ts";
import { createShelfLabels } from "./shelf-labels.ts";
import { createShelfMods } from "./shelf-mods.ts";
import { createShelfSummary } from "./shelf-summary.ts";

/** The shelf over one database. */
export function createShelfStore(database: Database): ShelfStore {
  return {
    ...createShelfSummary(database),
    ...createShelfItems(database),
    ...createShelfMods(database),
    ...createShelfGames(database),
    ...createShelfLabels(database),
    ...createShelfByAge(database),
  };
}
