import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { removeFile } from "../blobs/durable.ts";
import { outsideFile } from "../blobs/outside-file.ts";
import type { ArchiveFault, Inspected, InspectTakenOver } from "../blobs/verify-archive.ts";
import type { Deps } from "../deps.ts";
import { PYTORRENT } from "../domain/catalogue.ts";
import { isOutOfSpace } from "../store/database.ts";
import type { Imported } from "../store/imported.ts";
import { isDamaged } from "./is-damaged.ts";

type AdoptDeps = Pick<Deps, "blobs" | "catalogue" | "config" | "log" | "newId" | "now"> & {
  inspectTakenOver: InspectTakenOver;
};

/**
 * `published`: it is a version now. `damaged`, `missing`: the row is gone, so the mod is fetched when it is asked for.
 * `kept`: nothing is wrong with the bytes, but they break a rule of ours: served as they are, without a manifest.
 * `away`: its folder is not there, which says nothing about the archive. `changed`: its file is another one by now; the
 * row was brought up to date and has to be looked at again. `later`: we could not look. `taken`: others were faster.
 */
export type Adopted =
  | ("published" | "damaged" | "missing" | "kept" | "away")
  | ("changed" | "disk_full" | "later" | "interrupted" | "taken");

/**
 * Makes a version of an archive that was taken over: its bytes are copied, hashed, checked and published with a manifest.
 * The source is only read. A crash at any point leaves the row, and garbage for the sweeper at most.
 */
export async function adoptArchive(deps: AdoptDeps, row: Imported, signal: AbortSignal): Promise<Adopted> {
  if (!(await deps.catalogue.isStillImported(row))) return "taken";
  const file = await outsideFile(row.path);
  if (file === null) return missing(deps, row);
  if (file.bytes !== row.bytes || file.modifiedAt !== row.modifiedAt) {
    // Somebody may be writing it: half a file is not a damaged one.
    return (await deps.catalogue.refreshImported(row, file)) ? "changed" : "taken";
  }
  const upload = deps.newId("upl");
  try {
    const copied = await deps.blobs.copyIn(upload, { path: row.path, bytes: row.bytes, signal });
    if (copied === "gone") return "away";
    if (copied !== "copied") return copied;
    return await adoptCopy(deps, { row, upload, signal });
  } catch (error) {
    if (isOutOfSpace(error)) return "disk_full";
    throw error;
  } finally {
    await deps.blobs.discard(upload);
  }
}

type Copy = { row: Imported; upload: string; signal: AbortSignal };

const TOUCH_EVERY_MS = 60_000;

async function adoptCopy(deps: AdoptDeps, { row, upload, signal }: Copy): Promise<Adopted> {
  const path = deps.blobs.uploadPath(upload);
  if (path === null) return "later";
  let touchedAt = deps.now();
  const found = await deps.inspectTakenOver({
    ...{ path, bytes: row.bytes, signal },
    onProgress() {
      // It may take hours, and the sweeper takes what nobody touched for one.
      if (deps.now() - touchedAt < TOUCH_EVERY_MS) return;
      touchedAt = deps.now();
      void deps.blobs.touch(upload).catch((error: unknown) => deps.log.debug("Could not touch a copy", { error }));
    },
  });
  if (!found.ok) return refuse(deps, row, found);
  await deps.blobs.commit(upload, found.sha256);
  await deps.catalogue.saveEntries(found.sha256, found.entries);
  await deps.catalogue.savePieces(found.sha256, found.pieces);
  return publish(deps, row, found);
}

async function publish(deps: AdoptDeps, row: Imported, found: Extract<Inspected, { ok: true }>): Promise<Adopted> {
  const { mod, bytes, sourceUpdatedAt } = row;
  const { sha256, entries, tree, unpackedBytes } = found;
  // Steam's own key for items without manifests: the time of the version in seconds.
  const key = String(Math.floor(sourceUpdatedAt / 1_000));
  const isOurs = await deps.catalogue.publishImported(row, {
    ...{ mod, key, sourceUpdatedAt, at: deps.now() },
    archive: { sha256, bytes, unpackedBytes, entries: entries.length, tree },
    provenance: { agent: null, tool: PYTORRENT, manifest: null, fetchedAt: row.modifiedAt },
    repairs: await isDamaged(deps, await deps.catalogue.findVersion(mod, key)),
  });
  if (!isOurs) return "taken";
  await removeOurs(deps, row);
  return "published";
}

/** Folders that PyTorrent had not packed were zipped by the import, into a file of ours that nobody needs any more. */
async function removeOurs({ config, log }: AdoptDeps, { path }: Imported): Promise<void> {
  if (dirname(path) !== join(config.blobsFolder, "imported")) return;
  await removeFile(path).catch((error: unknown) => log.warn("Could not remove a zip of the import", { path, error }));
}

/** What is wrong, but not with the bytes: somebody packed it so, and it was served like this before. */
const KEPT: ReadonlySet<ArchiveFault> = new Set<ArchiveFault>([
  ...(["encrypted", "method", "symlink", "device", "folder_with_content", "alternate_name"] as const),
  ...(["duplicate_name", "file_is_folder", "traversal", "absolute", "control_character", "bad_name"] as const),
  ...(["too_many_entries", "too_large"] as const),
]);

async function refuse(deps: AdoptDeps, row: Imported, { code, fault, detail }: Extract<Inspected, { ok: false }>) {
  const about = { mod: row.mod, path: row.path, reason: `${fault}: ${detail}` };
  if (fault === "aborted") return "interrupted";
  if (KEPT.has(fault)) {
    deps.log.warn("An archive taken over is served as it is, without a manifest", about);
    return "kept";
  }
  if (code !== "unsafe_content") {
    deps.log.warn("Could not check an archive taken over", about);
    return "later";
  }
  if (!(await deps.catalogue.dropImported(row))) return "taken";
  deps.log.warn("An archive taken over is damaged: the mod is fetched when it is asked for", about);
  return "damaged";
}

/** Gone for good only where others still lie: a disk that is not mounted must not cost its rows. */
async function missing(deps: AdoptDeps, row: Imported): Promise<Adopted> {
  const others = await readdir(dirname(row.path)).catch(() => []);
  // Other gateways on the same rows may have the file.
  if (others.length === 0 || !deps.config.database.url.startsWith("file:")) return "away";
  if (await outsideFile(row.path)) return "later";
  if (!(await deps.catalogue.dropImported(row))) return "taken";
  deps.log.warn("An archive taken over is gone: the mod is fetched when it is asked for", {
    mod: row.mod,
    path: row.path,
  });
  return "missing";
}
