import type { ModId } from "@modfleet/protocol";
import { type Child, lookUpCollection } from "./look-up.ts";
import type { SteamApi } from "./steam-api.ts";

/** Collections within collections within … are followed so far. */
export const DEPTH_MAX = 5;
/** Steam's own collections end far below. */
export const ITEMS_MAX = 5_000;

/** Every item once, in the order of the lists; `problems` are in one line each and name what is missing. */
export type Expanded = { ids: ModId[]; problems: string[] };

/** All items that a collection names, those of the collections in it included. What cannot be read is a problem, the rest stays. */
export async function expandCollection(id: ModId, children: readonly Child[], steam: SteamApi): Promise<Expanded> {
  const found = new Set<ModId>();
  const seen = new Set<ModId>([id]);
  const problems: string[] = [];
  const visit = async (list: readonly Child[], depth: number): Promise<void> => {
    for (const child of list) {
      if (steam.signal.aborted || seen.has(child.id) || found.size >= ITEMS_MAX) continue;
      seen.add(child.id);
      if (!child.isCollection) found.add(child.id);
      else if (depth === DEPTH_MAX) problems.push(tooDeep(child.id, id));
      else {
        const inner = await lookUpCollection(child.id, steam);
        if (inner.kind === "problem") problems.push(inner.problem);
        else await visit(inner.children, depth + 1);
      }
    }
  };
  await visit(children, 1);
  if (found.size >= ITEMS_MAX)
    problems.push(`Collection ${id} names too much: only its first ${ITEMS_MAX} items are fetched`);
  return { ids: [...found], problems };
}

const tooDeep = (id: ModId, root: ModId): string => `Collection ${id} lies too deep in ${root}. Fetch it by its own id`;
