import type { ItemFacts } from "../domain/catalogue.ts";
import type { SqlArgs, Statement } from "./database.ts";
import { nameKey, storedName } from "./name-key.ts";

/** The batch that takes over what Steam says about an item. Events come first: they look at the row as it was. */
export function saveItemStatements(item: ItemFacts, at: number): Statement[] {
  const id = BigInt(item.id);
  // Steam names no game for a few old items, and says 0.
  const app = item.app > 0 ? item.app : null;
  return [
    {
      sql: `INSERT INTO events (at, type, mod_id)
            SELECT :at, 'mod_added', :id WHERE NOT EXISTS (SELECT 1 FROM mods WHERE id = :id)`,
      args: { at, id },
    },
    {
      sql: `INSERT INTO events (at, type, mod_id)
            SELECT :at, 'mod_restored', :id WHERE EXISTS (SELECT 1 FROM mods WHERE id = :id AND removed_at IS NOT NULL)`,
      args: { at, id },
    },
    ...(app === null ? [] : [gameStub(app, at)]),
    leaveFormerGame(id, app),
    { sql: UPSERT, args: itemColumns(item, app, at) },
    ...(app === null ? [] : [joinGame(id, app)]),
    ...tagStatements(id, item.tags),
  ];
}

const UPSERT = `
  INSERT INTO mods (id, origin, name, name_key, description, app, size_bytes, file_url, preview_url, creator,
                    created_at, updated_at, requested_at, version_key)
  VALUES (:id, 'steam', :name, :nameKey, :description, :app, :sizeBytes, :fileUrl, :previewUrl, :creator,
          :createdAt, :updatedAt, :at, :versionKey)
  ON CONFLICT (id) DO UPDATE SET
    origin = excluded.origin, name = excluded.name, name_key = excluded.name_key, description = excluded.description,
    app = excluded.app, size_bytes = excluded.size_bytes, file_url = excluded.file_url,
    preview_url = excluded.preview_url, creator = excluded.creator, created_at = excluded.created_at,
    updated_at = excluded.updated_at, version_key = excluded.version_key, removed_at = NULL,
    created_micros = 0, updated_micros = 0, nulls = NULL`;

function itemColumns(item: ItemFacts, app: number | null, at: number): SqlArgs {
  return {
    id: BigInt(item.id),
    name: storedName(item.title),
    nameKey: nameKey(item.title),
    description: item.description,
    app,
    sizeBytes: item.sizeBytes,
    fileUrl: item.fileUrl,
    previewUrl: item.previewUrl,
    creator: item.creator,
    createdAt: item.createdAt,
    updatedAt: item.updatedAt,
    at,
    versionKey: item.versionKey,
  };
}

/** A game exists from its first mod on; `unknownGames` finds it until Steam's store was asked. */
function gameStub(app: number, at: number): Statement {
  const name = `App ${app}`;
  return {
    sql: `INSERT INTO games (id, name, name_key, kind, origin, created_at)
          VALUES (:app, :name, :nameKey, 'game', 'steam', :at) ON CONFLICT DO NOTHING`,
    args: { app, name, nameKey: nameKey(name), at },
  };
}

function leaveFormerGame(id: bigint, app: number | null): Statement {
  return {
    sql: `DELETE FROM mod_games WHERE mod_id = :id AND game_id IS NOT :app
          AND game_id = (SELECT app FROM mods WHERE id = :id)`,
    args: { id, app },
  };
}

function joinGame(id: bigint, app: number): Statement {
  return {
    sql: "INSERT INTO mod_games (mod_id, game_id) VALUES (:id, :app) ON CONFLICT DO NOTHING",
    args: { id, app },
  };
}

function tagStatements(id: bigint, names: readonly string[]): Statement[] {
  const tags = JSON.stringify([...new Set(names.map(storedName))].map((name) => [name, nameKey(name)]));
  const chosen = "SELECT id FROM tags WHERE name IN (SELECT value ->> 0 FROM json_each(:tags))";
  return [
    {
      // `WHERE TRUE` keeps the parser from taking ON CONFLICT for a join's ON.
      sql: `INSERT INTO tags (name, name_key) SELECT value ->> 0, value ->> 1 FROM json_each(:tags) WHERE TRUE
            ON CONFLICT DO NOTHING`,
      args: { tags },
    },
    { sql: `DELETE FROM mod_tags WHERE mod_id = :id AND tag_id NOT IN (${chosen})`, args: { id, tags } },
    {
      sql: `INSERT INTO mod_tags (mod_id, tag_id) SELECT :id, id FROM (${chosen}) WHERE TRUE ON CONFLICT DO NOTHING`,
      args: { id, tags },
    },
  ];
}
