import type { Database } from "./database.ts";
import type { ShelfStore } from "./shelf.ts";
import { createShelfByAge } from "./shelf-by-age.ts";
import { createShelfGames } from "./shelf-games.ts";
import { createShelfItems } from "./shelf-items.ts";
import { createShelfLabels } from "./shelf-labels.ts";
import { createShelfMods, NARROW_MAX } from "./shelf-mods.ts";
import { createShelfSummary } from "./shelf-summary.ts";
import { countIn, rememberCounts } from "./shelf-totals.ts";

/** The shelf over one database. It remembers nothing but how long its lists are, and that only while nothing changes. */
export function createShelfStore(database: Database): ShelfStore {
  const summary = createShelfSummary(database);
  const count = rememberCounts(countIn(database), summary.revision);
  return {
    ...summary,
    ...createShelfItems(database),
    ...createShelfMods(database, NARROW_MAX, count),
    ...createShelfGames(database),
    ...createShelfLabels(database),
    ...createShelfByAge(database),
  };
}
