import type { ModId } from "@modfleet/protocol";
import type { ItemFacts, Mod } from "../domain/catalogue.ts";
import type { Database, Statement } from "./database.ts";
import { LISTED } from "./mod-filter.ts";
import { MOD_COLUMNS, MOD_JOINS, toMod } from "./mod-row.ts";
import { saveItemStatements } from "./save-item.ts";

/** Single mods: what the source says about them and what people did with them. */
export interface ModStore {
  /** The mod with its tags, current version, and the archive that was taken over. */
  findMod(id: ModId): Promise<Mod | null>;
  /** The mods of `ids` that exist (the first 100 ids are looked at), in no particular order. */
  findMods(ids: readonly ModId[]): Promise<Mod[]>;
  /** Takes over what Steam says: adds the mod or updates its facts, tags and game. Downloads and request time stay. */
  saveItem(item: ItemFacts, at: number): Promise<void>;
  /** The source no longer has it; what we have stays available. `saveItem` takes the mark away. */
  markRemoved(id: ModId, at: number): Promise<void>;
  /** `markRemoved` for a transaction; a mod that never came is not missed. */
  removedStatements(id: ModId, at: number): Statement[];
  /** Somebody asked for it. Time never goes back. */
  touchRequested(id: ModId, at: number): Promise<void>;
}

const IDS_MAX = 100;

export function createModStore(database: Database): ModStore {
  const findMods = async (ids: readonly ModId[]): Promise<Mod[]> => {
    const rows = await database.read({
      sql: `SELECT ${MOD_COLUMNS} FROM mods m ${MOD_JOINS}
            WHERE m.id IN (SELECT CAST(value AS INTEGER) FROM json_each(:ids))`,
      args: { ids: JSON.stringify(ids.slice(0, IDS_MAX)) },
    });
    return rows.map(toMod);
  };

  return {
    findMods,
    findMod: async (id) => (await findMods([id]))[0] ?? null,
    async saveItem(item, at) {
      await database.batch(saveItemStatements(item, at));
    },
    async markRemoved(id, at) {
      await database.batch(removedStatements(id, at));
    },
    removedStatements,
    async touchRequested(id, at) {
      await database.write({
        sql: "UPDATE mods SET requested_at = :at WHERE id = :id AND requested_at < :at",
        args: { id: BigInt(id), at },
      });
    },
  };
}

function removedStatements(id: ModId, at: number): Statement[] {
  const args = { id: BigInt(id), at };
  const isThere = `id = :id AND removed_at IS NULL AND ${LISTED}`;
  return [
    {
      sql: `INSERT INTO events (at, type, mod_id)
            SELECT :at, 'mod_removed', m.id FROM mods m WHERE ${isThere}`,
      args,
    },
    { sql: `UPDATE mods AS m SET removed_at = :at WHERE ${isThere}`, args },
  ];
}
