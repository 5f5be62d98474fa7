import { Source } from "@modfleet/protocol";
import { z } from "zod";
import type { ImportedArchive, Mod, SeenSource, Version } from "../domain/catalogue.ts";
import { ORIGINS } from "../domain/catalogue.ts";
import type { Row } from "./database.ts";

const VersionColumns = z.object({
  version_mod: z.string(),
  version_key_stored: z.string(),
  source_updated_at: z.number(),
  version_published_at: z.number(),
  agent_id: z.string().nullable(),
  tool: z.string(),
  manifest: z.string().nullable(),
  fetched_at: z.number(),
  sha256: z.string(),
  bytes: z.number(),
  unpacked_bytes: z.number(),
  entries: z.number(),
  tree: z.string(),
});

const ModColumns = z.object({
  id: z.string(),
  origin: z.enum(ORIGINS),
  name: z.string(),
  description: z.string(),
  app: z.number().nullable(),
  size_bytes: z.number().nullable(),
  preview_url: z.string().nullable(),
  creator: z.string().nullable(),
  created_at: z.number(),
  updated_at: z.number(),
  requested_at: z.number(),
  downloads: z.number(),
  version_key: z.string().nullable(),
  removed_at: z.number().nullable(),
  tags: z.string().transform((text) => TagNames.parse(JSON.parse(text)).sort()),
});

const SourceColumns = z.object({ mod_source: z.string(), seen_at: z.number().nullable() });

const TagNames = z.array(z.string());

const ImportedColumns = z.object({
  imported_path: z.string(),
  imported_bytes: z.number(),
  imported_modified_at: z.number(),
  imported_source_updated_at: z.number(),
});

/** Columns of a version `v` with its archive `a`. */
export const VERSION_COLUMNS = `
  CAST(v.mod_id AS TEXT) AS version_mod, v.key AS version_key_stored, v.source_updated_at,
  v.published_at AS version_published_at, v.agent_id, v.tool, v.manifest, v.fetched_at,
  a.sha256, a.bytes, a.unpacked_bytes, a.entries, a.tree`;

/** Columns of an archive `i` that was taken over. */
export const IMPORTED_COLUMNS = `
  i.path AS imported_path, i.bytes AS imported_bytes, i.modified_at AS imported_modified_at,
  i.source_updated_at AS imported_source_updated_at`;

/**
 * Columns of a mod `m` with its tags (unsorted, as sqld knows no ORDER BY inside an aggregate), current version `v` with
 * its archive `a`, and the archive `i` that was taken over.
 */
export const MOD_COLUMNS = `
  CAST(m.id AS TEXT) AS id, m.origin, m.name, m.description, m.app, m.size_bytes, m.preview_url, m.creator,
  m.created_at, m.updated_at, m.requested_at, m.downloads, m.version_key, m.removed_at,
  m.source AS mod_source, m.seen_at,
  (SELECT json_group_array(t.name) FROM mod_tags mt CROSS JOIN tags t ON t.id = mt.tag_id
    WHERE mt.mod_id = m.id) AS tags,${VERSION_COLUMNS},${IMPORTED_COLUMNS}`;

/** Joins a mod `m` to what `MOD_COLUMNS` needs. */
export const MOD_JOINS = `
  LEFT JOIN versions v ON v.mod_id = m.id AND v.key = m.current_key
  LEFT JOIN archives a ON a.sha256 = v.archive
  LEFT JOIN imported_archives i ON i.mod_id = m.id`;

export function toVersion(row: Row): Version {
  const { version_mod, version_key_stored, ...columns } = VersionColumns.parse(row);
  return {
    mod: version_mod,
    key: version_key_stored,
    archive: {
      sha256: columns.sha256,
      bytes: columns.bytes,
      unpackedBytes: columns.unpacked_bytes,
      entries: columns.entries,
      tree: columns.tree,
    },
    sourceUpdatedAt: columns.source_updated_at,
    publishedAt: columns.version_published_at,
    provenance: {
      agent: columns.agent_id,
      tool: columns.tool,
      manifest: columns.manifest,
      fetchedAt: columns.fetched_at,
    },
  };
}

export function toImported(row: Row): ImportedArchive {
  const columns = ImportedColumns.parse(row);
  return {
    path: columns.imported_path,
    bytes: columns.imported_bytes,
    modifiedAt: columns.imported_modified_at,
    sourceUpdatedAt: columns.imported_source_updated_at,
  };
}

export function toMod(row: Row): Mod {
  const columns = ModColumns.parse(row);
  return {
    id: columns.id,
    origin: columns.origin,
    name: columns.name,
    description: columns.description,
    app: columns.app,
    sizeBytes: columns.size_bytes,
    previewUrl: columns.preview_url,
    creator: columns.creator,
    tags: columns.tags,
    createdAt: columns.created_at,
    updatedAt: columns.updated_at,
    requestedAt: columns.requested_at,
    downloads: columns.downloads,
    versionKey: columns.version_key,
    removedAt: columns.removed_at,
    current: row["version_mod"] === null ? null : toVersion(row),
    imported: row["imported_path"] === null ? null : toImported(row),
    elsewhere: row["mod_source"] === null ? null : toSeenSource(row),
  };
}

/** Null for what is no source of its own. */
function toSeenSource(row: Row): SeenSource | null {
  const { mod_source, seen_at } = SourceColumns.parse(row);
  const source = Source.parse(JSON.parse(mod_source));
  return source.kind === "workshop" ? null : { source, seenAt: seen_at };
}
