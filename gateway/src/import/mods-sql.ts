import type { Writing } from "./write-rows.ts";

const moment = (table: string, what: string): string => `${table}.${what}_at * 1000 + ${table}.${what}_micros`;

/** Facts that were asked of the source since are newer, whatever PyTorrent's local time says. */
const IS_NEWER = `mods.version_key IS NULL AND mods.current_key IS NULL
  AND ${moment("excluded", "updated")} > ${moment("mods", "updated")}`;
const IS_LATER = `${moment("excluded", "requested")} > ${moment("mods", "requested")}`;

const FACTS = [
  ...["name", "name_key", "description", "size_bytes", "created_at", "created_micros", "updated_at", "updated_micros"],
  "nulls",
];
const fact = (column: string): string => `${column} = iif(${IS_NEWER}, excluded.${column}, mods.${column})`;
const request = (column: string): string => `${column} = iif(${IS_LATER}, excluded.${column}, mods.${column})`;

const ID = "CAST(value ->> 'id' AS INTEGER)";
const IS_HERE = `EXISTS (SELECT 1 FROM mods WHERE id = ${ID})`;

const STUBS = `
  INSERT INTO games (id, name, name_key, kind, origin, created_at)
  SELECT DISTINCT value ->> 'app', 'App ' || (value ->> 'app'), 'app ' || (value ->> 'app'), 'game', 'steam', :now
    FROM json_each(:keys) WHERE value ->> 'app' IS NOT NULL
  ON CONFLICT DO NOTHING`;

const EVENTS = `
  INSERT INTO events (at, type, mod_id)
  SELECT :now, 'mod_added', ${ID} FROM json_each(:keys) WHERE NOT ${IS_HERE} ORDER BY key`;

/** Mods as JSON objects: new ones whole; of those here only what they lack, what is newer and what only grows. */
export const WRITING: Writing = {
  keys: ["id", "app"],
  known: `SELECT count(*) AS n FROM json_each(:keys) WHERE ${IS_HERE}`,
  before: [STUBS, EVENTS],
  write: `
    INSERT INTO mods (id, origin, name, name_key, description, app, size_bytes, created_at, created_micros, updated_at,
                      updated_micros, requested_at, requested_micros, downloads, nulls, kept_condition, condition,
                      shelf_order, check_at)
    SELECT ${ID}, value ->> 'source', value ->> 'name', value ->> 'nameKey', value ->> 'description', value ->> 'app',
           value ->> 'size', value ->> 'created', value ->> 'createdMicros', value ->> 'updated', value ->> 'updatedMicros',
           value ->> 'requested', value ->> 'requestedMicros', value ->> 'downloads', value ->> 'nulls', value ->> 'kept',
           value ->> 'kept', value ->> 'shelf', value ->> 'check'
      FROM json_each(:rows) WHERE TRUE
    ON CONFLICT (id) DO UPDATE SET
      ${FACTS.map(fact).join(", ")}, ${["requested_at", "requested_micros"].map(request).join(", ")},
      downloads = max(mods.downloads, excluded.downloads),
      app = coalesce(mods.app, excluded.app),
      kept_condition = coalesce(mods.kept_condition, excluded.kept_condition),
      condition = coalesce(mods.condition, excluded.condition),
      shelf_order = coalesce(mods.shelf_order, excluded.shelf_order),
      check_at = coalesce(mods.check_at, excluded.check_at)
    WHERE (${IS_NEWER}) OR ${IS_LATER} OR excluded.downloads > mods.downloads
       OR (mods.app IS NULL AND excluded.app IS NOT NULL)
       OR (mods.kept_condition IS NULL AND excluded.kept_condition IS NOT NULL)
       OR (mods.shelf_order IS NULL AND excluded.shelf_order IS NOT NULL)`,
};
