import type { ModId } from "@modfleet/protocol";
import type { Database } from "../src/store/database.ts";
import { createStatisticsStore } from "../src/store/statistics.ts";

let batch = 0;

/** Stores that files of these mods were sent so often, long ago. */
export async function countSent(database: Database, counts: ReadonlyMap<ModId, number>): Promise<void> {
  batch += 1;
  const sent = new Map([...counts].map(([mod, count]) => [mod, { count, at: 0 }]));
  await createStatisticsStore(database).add({ writer: "count-sent", batch, at: 0, hours: [], sent, durations: [] });
}
