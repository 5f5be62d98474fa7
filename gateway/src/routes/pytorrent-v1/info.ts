import type { Deps } from "../../deps.ts";
import { FIRST_OWN_ID } from "../../domain/catalogue.ts";
import { createAttemptStore } from "../../store/attempts.ts";
import { attemptRow, gameRow, modRow } from "./rows.ts";

type InfoDeps = Pick<Deps, "shelf" | "database">;

/** What the first interface calls the condition of a mod. */
const CONDITION = { unknown: -1, here: 0, triedAgain: 1, onItsWay: 2, failed: 3 } as const;

/** `/info/mod/{mod_id}`: its row, the row of the fetch that runs, and one row for each that failed since the last success. */
export async function modInfo({ shelf, database }: InfoDeps, mod: bigint): Promise<string> {
  const id = String(mod);
  const [found, { everCame, running, failed }] = await Promise.all([
    shelf.findShelfMod(id),
    createAttemptStore(database).attempts(id),
  ]);
  // It filed what it had under a game: without one there was nothing. What comes from elsewhere never has one.
  const isFiled = found !== null && (found.app !== null || mod >= FIRST_OWN_ID);
  const downloaded = isFiled && everCame ? modRow(found) : null;
  const requested = running === null ? null : attemptRow(id, running);
  const notLoaded = failed.length === 0 ? null : `[${failed.map((attempt) => attemptRow(id, attempt)).join(",")}]`;
  const condition = conditionOf({ downloaded, requested, notLoaded });
  return `{"request":{"mod_id":${id}},"condition":${condition},"downloaded":${downloaded},"requested":${requested},"not_loaded":${notLoaded}}`;
}

type Found = Record<"downloaded" | "requested" | "notLoaded", string | null>;

function conditionOf({ downloaded, requested, notLoaded }: Found): number {
  if (downloaded !== null) return CONDITION.here;
  if (requested !== null) return notLoaded === null ? CONDITION.onItsWay : CONDITION.triedAgain;
  return notLoaded === null ? CONDITION.unknown : CONDITION.failed;
}

/** `/info/game/{game_id}`. */
export async function gameInfo({ shelf }: InfoDeps, game: bigint): Promise<string> {
  const found = await shelf.findShelfGame(game);
  return `{"request":{"game_id":${game}},"results":${found === null ? null : gameRow(found)}}`;
}
