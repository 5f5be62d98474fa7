import type { ArchiveEntry, ModId, Sha256 } from "@modfleet/protocol";
import type { Archive, Version } from "../domain/catalogue.ts";
import type { Cursor, Page } from "../domain/page.ts";
import type { Database, Statement } from "./database.ts";

/** A verified version that is to become the one that is served. */
export type Publication = {
  mod: ModId;
  key: string;
  archive: Archive;
  sourceUpdatedAt: number;
  at: number;
  provenance: Version["provenance"];
};

/** The order of `versions`, for `decodeCursor`. */
export const VERSION_SORT = "-published";

/** Versions, the archives they are made of, and the manifests of these. */
export interface ArchiveStore {
  /** Versions of a mod, newest first. */
  versions(mod: ModId, page: { limit: number; after?: Cursor | null }): Promise<Page<Version>>;
  findVersion(mod: ModId, key: string): Promise<Version | null>;
  archive(sha256: Sha256): Promise<Archive | null>;
  /** Up to `limit` (at most 1,000) entries in the order of their paths (UTF-8 bytes), those behind the path `after`. */
  entries(sha256: Sha256, page: { after?: string | null; limit: number }): Promise<ArchiveEntry[]>;
  entry(sha256: Sha256, path: string): Promise<ArchiveEntry | null>;
  /** Stores the manifest in chunks, before the archive is published. Repeating it, also after a crash, is harmless. */
  saveEntries(sha256: Sha256, entries: readonly ArchiveEntry[]): Promise<void>;
  /**
   * The statements that publish a version, to be run in one atomic batch. A version that exists stays as it is, and
   * an older one than is served does not replace it. The mod's row must exist.
   */
  publishStatements(publication: Publication): Statement[];
  /** Whether any version is made of this archive. */
  archiveInUse(sha256: Sha256): Promise<boolean>;
}

export declare function createArchiveStore(database: Database): ArchiveStore;
