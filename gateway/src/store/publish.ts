import type { ModId } from "@modfleet/protocol";
import { type Archive, PYTORRENT, type Version } from "../domain/catalogue.ts";
import type { SqlArgs, Statement } from "./database.ts";

/** A verified version that is to become the one that is served. */
export type Publication = {
  mod: ModId;
  key: string;
  archive: Archive;
  sourceUpdatedAt: number;
  at: number;
  provenance: Version["provenance"];
  /** The bytes of the published version are lost: these take their place, and only then. */
  repairs?: boolean;
};

/** One statement for each table that publishing touches: see `ArchiveStore.publishStatements`. */
export function publishStatements(publication: Publication): Statement[] {
  const args = columns(publication);
  const statements = [INSERT_ARCHIVE, INSERT_VERSION, SWITCH_CURRENT, INSERT_EVENT];
  return (publication.repairs ? [...FORGET_VERSION, ...statements] : statements).map((sql) => ({ sql, args }));
}

const FORGET_VERSION = [
  "UPDATE mods SET current_key = NULL, published_at = NULL WHERE id = :mod AND current_key = :key",
  "DELETE FROM versions WHERE mod_id = :mod AND key = :key",
];

// A version that was published with other bytes keeps them, and then these belong to nobody.
const INSERT_ARCHIVE = `
  INSERT INTO archives (sha256, bytes, unpacked_bytes, entries, tree)
  SELECT :sha256, :bytes, :unpackedBytes, :entries, :tree
   WHERE NOT EXISTS (SELECT 1 FROM versions WHERE mod_id = :mod AND key = :key)
  ON CONFLICT DO NOTHING`;

const INSERT_VERSION = `
  INSERT INTO versions (mod_id, key, archive, source_updated_at, published_at, agent_id, tool, manifest, fetched_at)
  VALUES (:mod, :key, :sha256, :sourceUpdatedAt, :at, :agent, :tool, :manifest, :fetchedAt)
  ON CONFLICT DO NOTHING`;

// A slow job may deliver an old version after a newer one was published. What PyTorrent left makes room for its equals:
// its versions are known by time alone.
const SWITCH_CURRENT = `
  UPDATE mods SET current_key = new.key, published_at = new.published_at
    FROM versions new LEFT JOIN versions old ON old.mod_id = :mod AND old.key = (SELECT current_key FROM mods WHERE id = :mod)
   WHERE mods.id = :mod AND new.mod_id = :mod AND new.key = :key
     AND (old.key IS NULL OR old.source_updated_at < new.source_updated_at
          OR (old.source_updated_at = new.source_updated_at AND new.tool <> '${PYTORRENT}'))`;

const INSERT_EVENT = `
  INSERT INTO events (at, type, mod_id, version) VALUES (:at, 'version_published', :mod, :key) ON CONFLICT DO NOTHING`;

function columns({ mod, key, archive, sourceUpdatedAt, at, provenance }: Publication): SqlArgs {
  return {
    mod: BigInt(mod),
    key,
    at,
    sourceUpdatedAt,
    sha256: archive.sha256,
    bytes: archive.bytes,
    unpackedBytes: archive.unpackedBytes,
    entries: archive.entries,
    tree: archive.tree,
    agent: provenance.agent,
    tool: provenance.tool,
    manifest: provenance.manifest,
    fetchedAt: provenance.fetchedAt,
  };
}
