import type { Deps } from "../../deps.ts";
import type { PathTable } from "./door.ts";

/** PyTorrent's statistics. */
export function statisticsPaths(_deps: Pick<Deps, "counters">): PathTable {
  return [];
}
