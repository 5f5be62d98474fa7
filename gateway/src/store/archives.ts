import { setImmediate as nextTurn } from "node:timers/promises";
import type { ArchiveEntry, ModId, Sha256 } from "@modfleet/protocol";
import { z } from "zod";
import type { Archive, Version } from "../domain/catalogue.ts";
import type { Cursor, Page } from "../domain/page.ts";
import { createPieceStore, type PieceStore } from "./archive-pieces.ts";
import type { Database, Row, Statement } from "./database.ts";
import { keyset, pageLimit, toPage } from "./keyset.ts";
import { toVersion, VERSION_COLUMNS } from "./mod-row.ts";
import type { Publication } from "./publish.ts";
import { publishStatements } from "./publish.ts";

export type { Publication };

/** The order of `versions`, for `decodeCursor`. */
export const VERSION_SORT = "-published";

/** Versions, the archives they are made of, and the manifests and pieces of these. */
export interface ArchiveStore extends PieceStore {
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

const ENTRIES_MAX = 1_000;
/** Small enough that one insert leaves the event loop within a few milliseconds. */
const ENTRIES_PER_WRITE = 250;

const ArchiveRow = z
  .object({ sha256: z.string(), bytes: z.number(), unpacked_bytes: z.number(), entries: z.number(), tree: z.string() })
  .transform(({ unpacked_bytes, ...row }): Archive => ({ ...row, unpackedBytes: unpacked_bytes }));

const EntryRow = z.object({ path: z.string(), size: z.number(), sha256: z.string() });

const ENTRY = "SELECT path, size, lower(hex(sha256)) AS sha256 FROM archive_entries WHERE archive = unhex(:archive)";
const VERSION = `SELECT ${VERSION_COLUMNS}, v.published_at AS sort_value, v.key AS sort_id
                 FROM versions v JOIN archives a ON a.sha256 = v.archive WHERE v.mod_id = :mod`;

export function createArchiveStore(database: Database): ArchiveStore {
  return {
    ...createManifestStore(database),
    ...createPieceStore(database),
    publishStatements,
    async versions(mod, { limit, after }) {
      const size = pageLimit(limit);
      const { where, orderBy, args } = keyset(VERSION_SORT, { value: "v.published_at", id: "v.key" }, after);
      const rows = await database.read({
        sql: `${VERSION} AND ${where} ORDER BY ${orderBy} LIMIT :limit`,
        args: { ...args, mod: BigInt(mod), limit: size + 1 },
      });
      return toPage(rows, { sort: VERSION_SORT, limit: size, toItem: toVersion });
    },
    async findVersion(mod, key) {
      const rows = await database.read({ sql: `${VERSION} AND v.key = :key`, args: { mod: BigInt(mod), key } });
      return first(rows, toVersion);
    },
    async archive(sha256) {
      const rows = await database.read({ sql: "SELECT * FROM archives WHERE sha256 = :sha256", args: { sha256 } });
      return first(rows, (row) => ArchiveRow.parse(row));
    },
    async archiveInUse(sha256) {
      const sql = "SELECT 1 FROM versions WHERE archive = :sha256 LIMIT 1";
      return (await database.read({ sql, args: { sha256 } })).length > 0;
    },
  };
}

function createManifestStore(database: Database): Pick<ArchiveStore, "entries" | "entry" | "saveEntries"> {
  return {
    async entries(sha256, { after, limit }) {
      const rows = await database.read({
        sql: `${ENTRY} AND path > :after ORDER BY path LIMIT :limit`,
        args: { archive: sha256, after: after ?? "", limit: pageLimit(limit, ENTRIES_MAX) },
      });
      return rows.map((row) => EntryRow.parse(row));
    },
    async entry(sha256, path) {
      const rows = await database.read({ sql: `${ENTRY} AND path = :path`, args: { archive: sha256, path } });
      return first(rows, (row) => EntryRow.parse(row));
    },
    async saveEntries(sha256, entries) {
      for (let start = 0; start < entries.length; start += ENTRIES_PER_WRITE) {
        await database.write(insertEntries(sha256, entries.slice(start, start + ENTRIES_PER_WRITE)));
        await nextTurn();
      }
    },
  };
}

function insertEntries(archive: Sha256, entries: readonly ArchiveEntry[]): Statement {
  const rows = JSON.stringify(entries.map(({ path, size, sha256 }) => [path, size, sha256]));
  return {
    // The same bytes have the same manifest, so a row that is there already is right.
    sql: `INSERT INTO archive_entries (archive, path, size, sha256)
          SELECT unhex(:archive), value ->> 0, value ->> 1, unhex(value ->> 2) FROM json_each(:rows) WHERE TRUE
          ON CONFLICT DO NOTHING`,
    args: { archive, rows },
  };
}

function first<Value>(rows: readonly Row[], convert: (row: Row) => Value): Value | null {
  const [row] = rows;
  return row ? convert(row) : null;
}
