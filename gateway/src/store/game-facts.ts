import type { AppFacts } from "../domain/catalogue.ts";
import type { Database } from "./database.ts";
import { createGameStore } from "./games.ts";

/** Which games Steam's store is to be asked about. */
export interface GameFactsStore {
  /** Games whose facts were never learned, the newest first, without those of `except`. */
  unknownGames(except: Iterable<number>, limit: number): Promise<number[]>;
  /** The game whose facts are the oldest, when they were learned at `before` or earlier. */
  oldestFacts(before: number): Promise<number | null>;
  /** Takes over what Steam's store says; what PyTorrent had no value for is known from now on. */
  saveFacts(app: AppFacts, at: number): Promise<void>;
  /** The store has nothing more to say: what is known stays and counts as learned now. */
  keepFacts(app: number, at: number): Promise<void>;
}

const UNKNOWN = `
  SELECT id FROM games
   WHERE facts_at IS NULL AND origin = 'steam' AND id NOT IN (SELECT value FROM json_each(:except))
   ORDER BY created_at DESC, id LIMIT :limit`;

export function createGameFactsStore(database: Database): GameFactsStore {
  const games = createGameStore(database);
  return {
    async unknownGames(except, limit) {
      const rows = await database.read({ sql: UNKNOWN, args: { except: JSON.stringify([...except]), limit } });
      return rows.map((row) => Number(row["id"]));
    },
    async oldestFacts(before) {
      const [row] = await database.read({
        sql: "SELECT id FROM games WHERE facts_at <= :before AND origin = 'steam' ORDER BY facts_at, id LIMIT 1",
        args: { before },
      });
      return row === undefined ? null : Number(row["id"]);
    },
    async saveFacts(app, at) {
      await games.saveApp(app, at);
      await database.write({
        sql: "UPDATE games SET nulls = NULL WHERE id = :app AND nulls IS NOT NULL",
        args: { app: app.app },
      });
    },
    async keepFacts(app, at) {
      await database.write({
        sql: "UPDATE games SET facts_at = :at WHERE id = :app AND facts_at IS NOT NULL",
        args: { app, at },
      });
    },
  };
}
