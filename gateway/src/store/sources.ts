import { type ModId, sourceKey } from "@modfleet/protocol";
import { type Archive, FIRST_OWN_ID, type Mod } from "../domain/catalogue.ts";
import type { Elsewhere } from "../domain/delivered.ts";
import { nameOfSource, plainName } from "../domain/plain-name.ts";
import type { Database, Statement } from "./database.ts";
import { RUNNING } from "./job-row.ts";
import { MOD_COLUMNS, MOD_JOINS, toMod } from "./mod-row.ts";
import { nameKey, storedName } from "./name-key.ts";

/** Mods from elsewhere than Steam: each thing that can be fetched has one row, whoever asks for it in whatever words. */
export interface SourceStore {
  /** The mod of this source; null when nobody ever asked for it. */
  findBySource(source: Elsewhere): Promise<Mod | null>;
  /**
   * Adds the mod of this source with a new id from 10^15 upward; of one that is there already only further addresses
   * (mirrors, trackers) become the newest. However many do it at once, there is one row. It is no part of the library, and
   * nobody hears of it, until its first version is published.
   */
  saveSource(source: Elsewhere, at: number): Promise<ModId>;
  /** The events about a delivery, ahead of `publishStatements`: its mod is new in the library, or the source has it again. */
  arrivalStatements(mod: ModId, at: number): Statement[];
  /** What a delivery makes of its mod, behind `publishStatements` in the same transaction: this version is served now. */
  deliveredStatements(delivery: Delivery): Statement[];
  /**
   * Removes up to `limit` mods that never came and that nobody asked for since `before`. The newest id stays, so that none is
   * given out twice. Answers how many were removed.
   */
  forgetSources(before: number, limit: number): Promise<number>;
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

const UPSERT = `
  INSERT INTO mods (id, origin, name, name_key, description, created_at, updated_at, requested_at, source_key, source)
  VALUES (${NEXT_ID}, :origin, :name, :nameKey, '', :at, :at, :at, :key, :source)
  ON CONFLICT (source_key) WHERE source_key IS NOT NULL DO UPDATE SET source = excluded.source,
    requested_at = iif(current_key IS NULL, excluded.requested_at, requested_at)
  RETURNING CAST(id AS TEXT) AS id`;

// Whatever ever came has a place on the shelf.
const ADDED = `
  INSERT INTO events (at, type, mod_id)
  SELECT :at, 'mod_added', id FROM mods WHERE id = :mod AND source_key IS NOT NULL AND shelf_order IS NULL`;

const RESTORED = `
  INSERT INTO events (at, type, mod_id)
  SELECT :at, 'mod_restored', id FROM mods WHERE id = :mod AND source_key IS NOT NULL AND removed_at IS NOT NULL`;

const FORGET = `
  DELETE FROM mods WHERE id IN (
    SELECT m.id FROM mods m INDEXED BY mods_never_here
     WHERE m.source_key IS NOT NULL AND m.current_key IS NULL AND m.requested_at < :before
       AND NOT EXISTS (SELECT 1 FROM versions WHERE mod_id = m.id)
       AND NOT EXISTS (SELECT 1 FROM jobs WHERE mod_id = m.id AND (requested_at >= :before OR ${RUNNING}))
       AND m.id + 1 < ${NEXT_ID}
     LIMIT :limit)
  RETURNING id`;

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
      const id = (await database.write({ sql: UPSERT, args }))[0]?.["id"];
      if (typeof id !== "string") throw new Error(`Could not save a source: ${args.key}`);
      return id;
    },
    arrivalStatements: (mod, at) => [ADDED, RESTORED].map((sql) => ({ sql, args: { mod: BigInt(mod), at } })),
    deliveredStatements({ mod, key, name = "", archive, at }) {
      const plain = plainName(name);
      const names = plain === "" ? { name: null, nameKey: null } : { name: storedName(plain), nameKey: nameKey(plain) };
      return [{ sql: DELIVERED, args: { mod: BigInt(mod), key, at, bytes: archive.unpackedBytes, ...names } }];
    },
    forgetSources: async (before, limit) => (await database.write({ sql: FORGET, args: { before, limit } })).length,
  };
}
