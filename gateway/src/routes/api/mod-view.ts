import { z } from "@hono/zod-openapi";
import { Sha256 } from "@modfleet/protocol";
import { type ImportedArchive, type Mod, ORIGINS, type Version } from "../../domain/catalogue.ts";
import { ModId, orNull, Time, toTime, toTimeOrNull, VersionKey } from "../fields.ts";
import { IMPORTED_EXAMPLE, MOD_EXAMPLE, VERSION_EXAMPLE } from "./examples.ts";

export const ArchiveView = z.object({
  url: z.string().openapi({ description: "Path on this server; always these bytes" }),
  torrent: z.string().openapi({ description: "Path on this server of a torrent of the same bytes, for sharing them" }),
  sha256: Sha256,
  bytes: z.int().min(0),
  unpackedBytes: z.int().min(0),
  entries: z.int().min(0),
  tree: z.string().pipe(Sha256).openapi({ description: "Equal for equal content, however it is packed" }),
});

/** One published version and its archive. */
export const VersionView = z
  .object({
    version: VersionKey,
    sourceUpdatedAt: Time,
    publishedAt: Time,
    archive: ArchiveView,
    fetched: z
      .object({ agent: z.string().nullable(), tool: z.string(), manifest: z.string().nullable(), at: Time })
      .openapi({ description: "Who fetched these bytes, with what and when" }),
  })
  .openapi("Version", { example: VERSION_EXAMPLE });
export type VersionView = z.infer<typeof VersionView>;

/** An archive without a hash, until it has been read and checked. */
const ImportedView = z
  .object({
    url: z.string().openapi({ description: "Path on this server; it serves `current` instead where there is one" }),
    bytes: z.int().min(1),
    sourceUpdatedAt: Time,
    fetchedAt: Time,
  })
  .openapi("ImportedArchive", { example: IMPORTED_EXAMPLE });

/** A mod with the version that is served now. */
export const ModView = z
  .object({
    id: ModId,
    source: z.enum(ORIGINS),
    name: z.string(),
    description: z.string(),
    game: z.string().nullable().openapi({ description: "Steam's id of the game", example: "294100" }),
    tags: z.array(z.string()),
    size: z.int().nullable().openapi({ description: "Bytes, as the source says" }),
    preview: z.string().nullable(),
    creator: z.string().nullable(),
    createdAt: Time,
    updatedAt: Time,
    requestedAt: Time,
    removedAt: Time.nullable().openapi({ description: "When the source was seen to have removed it" }),
    downloads: z.int().min(0),
    latest: z.string().nullable().openapi({ description: "The newest version the source has shown" }),
    current: orNull(VersionView).openapi({ description: "The version that is served now" }),
    imported: orNull(ImportedView).openapi({
      description:
        "An archive taken over from PyTorrent that still waits to be checked; it can be had at once and becomes `current`",
    }),
  })
  .openapi("Mod", { example: MOD_EXAMPLE });
export type ModView = z.infer<typeof ModView>;

/** The address of a version's archive on this server. */
export function archivePath(mod: string, version: string): string {
  return `/api/mods/${mod}/versions/${encodeURIComponent(version)}/archive`;
}

/** Where a version's archive is had, and its torrent. */
export function archiveAddresses(mod: string, version: string): { url: string; torrent: string } {
  const torrent = `/api/mods/${mod}/versions/${encodeURIComponent(version)}/torrent`;
  return { url: archivePath(mod, version), torrent };
}

export function toVersionView({ mod, key, archive, sourceUpdatedAt, publishedAt, provenance }: Version): VersionView {
  const { sha256, bytes, unpackedBytes, entries, tree } = archive;
  const { agent, tool, manifest, fetchedAt } = provenance;
  return {
    version: key,
    sourceUpdatedAt: toTime(sourceUpdatedAt),
    publishedAt: toTime(publishedAt),
    archive: { ...archiveAddresses(mod, key), sha256, bytes, unpackedBytes, entries, tree },
    fetched: { agent, tool, manifest, at: toTime(fetchedAt) },
  };
}

export function toModView(mod: Mod): ModView {
  return {
    id: mod.id,
    source: mod.origin,
    name: mod.name,
    description: mod.description,
    game: mod.app === null ? null : String(mod.app),
    tags: [...mod.tags],
    size: mod.sizeBytes,
    preview: mod.previewUrl,
    creator: mod.creator,
    createdAt: toTime(mod.createdAt),
    updatedAt: toTime(mod.updatedAt),
    requestedAt: toTime(mod.requestedAt),
    removedAt: toTimeOrNull(mod.removedAt),
    downloads: mod.downloads,
    latest: mod.versionKey,
    current: mod.current === null ? null : toVersionView(mod.current),
    imported: mod.imported === null ? null : toImportedView(mod.id, mod.imported),
  };
}

function toImportedView(mod: string, { bytes, sourceUpdatedAt, modifiedAt }: ImportedArchive): ModView["imported"] {
  const times = { sourceUpdatedAt: toTime(sourceUpdatedAt), fetchedAt: toTime(modifiedAt) };
  return { url: `/api/mods/${mod}/archive`, bytes, ...times };
}
