import { type ModId, sourceKey } from "@modfleet/protocol";
import { type Archive, FIRST_OWN_ID, type Mod } from "../domain/catalogue.ts";
import type { Elsewhere } from "../domain/delivered.ts";
import { nameOfSource, plainName } from "../domain/plain-name.ts";
import type { Database, Statement } from "./database.ts";
import { MOD_COLUMNS, MOD_JOINS, toMod } from "./mod-row.ts";
import { nameKey, storedName } from "./name-key.ts";

/** Mods from elsewhere than Steam: each thing that can be fetched has one row, whoever asks for it in whatever words. */
export interface SourceStore {
  /** The mod of this source; null when nobody ever asked for it. */
  findBySource(source: Elsewhere): Promise<Mod | null>;
  /**
   * Adds the mod of this source with a new id from 10^15 upward, and the event about it; of one that is there already only
   * further addresses (mirrors, trackers) become the newest. However many do it at once, there is one row and one event.
   */
  saveSource(source: Elsewhere, at: number): Promise<ModId>;
  /** What a delivery makes of its mod, behind `publishStatements` in the same transaction: this version is served now. */
  deliveredStatements(delivery: Delivery): Statement[];
}

export type Delivery = {
  mod: ModId;
  key: string;
  /** What the source calls it; undefined keeps the name. */
  name?: string | undefined;
  archive: Pick<Archive, "unpackedBytes">;
  /** When the source had it. */
  at: number;
};

// They stay safe as numbers in JSON.
const OWN_IDS = `id >= ${FIRST_OWN_ID} AND id < ${Number.MAX_SAFE_INTEGER}`;
const NEXT_ID = `(SELECT coalesce(max(id), ${FIRST_OWN_ID - 1n}) + 1 FROM mods WHERE ${OWN_IDS})`;

// The event comes first: it looks at the rows as they were, and so finds the same next id.
const INSERT_EVENT = `
  INSERT INTO events (at, type, mod_id)
  SELECT :at, 'mod_added', ${NEXT_ID} WHERE NOT EXISTS (SELECT 1 FROM mods WHERE source_key = :key)`;

const UPSERT = `
  INSERT INTO mods (id, origin, name, name_key, description, created_at, updated_at, requested_at, source_key, source)
  VALUES (${NEXT_ID}, :origin, :name, :nameKey, '', :at, :at, :at, :key, :source)
  ON CONFLICT (source_key) WHERE source_key IS NOT NULL DO UPDATE SET source = excluded.source
  RETURNING CAST(id AS TEXT) AS id`;

// The source decides what is served: it may go back to what it had before, which is a version already. Its size is known by
// unpacking alone.
const DELIVERED = `
  UPDATE mods SET
    current_key = :key, version_key = :key, seen_at = :at, removed_at = NULL, size_bytes = :bytes,
    published_at = (SELECT published_at FROM versions WHERE mod_id = :mod AND key = :key),
    updated_at = (SELECT source_updated_at FROM versions WHERE mod_id = :mod AND key = :key),
    name = coalesce(:name, name), name_key = coalesce(:nameKey, name_key)
  WHERE id = :mod AND source_key IS NOT NULL`;

export function createSourceStore(database: Database): SourceStore {
  return {
    async findBySource(source) {
      const sql = `SELECT ${MOD_COLUMNS} FROM mods m ${MOD_JOINS} WHERE m.source_key = :key`;
      const row = (await database.read({ sql, args: { key: sourceKey(source) } }))[0];
      return row === undefined ? null : toMod(row);
    },
    async saveSource(source, at) {
      const name = nameOfSource(source);
      const args = {
        ...{ key: sourceKey(source), at, origin: source.kind, source: JSON.stringify(source) },
        ...{ name: storedName(name), nameKey: nameKey(name) },
      };
      const [, rows] = await database.batch([
        { sql: INSERT_EVENT, args },
        { sql: UPSERT, args },
      ]);
      const id = rows?.[0]?.["id"];
      if (typeof id !== "string") throw new Error(`Could not save a source: ${args.key}`);
      return id;
    },
    deliveredStatements({ mod, key, name = "", archive, at }) {
      const plain = plainName(name);
      const names = plain === "" ? { name: null, nameKey: null } : { name: storedName(plain), nameKey: nameKey(plain) };
      return [{ sql: DELIVERED, args: { mod: BigInt(mod), key, at, bytes: archive.unpackedBytes, ...names } }];
    },
  };
}
