import type { ModId } from "@modfleet/protocol";
import { z } from "zod";
import type { ImportedArchive } from "../domain/catalogue.ts";
import type { Database, SqlArgs, Statement } from "./database.ts";
import { LISTED } from "./mod-filter.ts";
import { IMPORTED_COLUMNS, toImported } from "./mod-row.ts";
import { type Publication, publishStatements } from "./publish.ts";

/** An archive taken over, and the mod it belongs to. */
export type Imported = ImportedArchive & { mod: ModId; requestedAt: number };

/** Archives that were taken over and are not checked yet. A row is only ever changed while it is as it was read. */
export interface ImportedStore {
  /** Those that wait, the mods asked for last first, behind the row `after`. */
  listImported(page: { after: Imported | null; limit: number }): Promise<Imported[]>;
  /** How many wait, and their bytes. */
  countImported(): Promise<{ archives: number; bytes: number }>;
  /** Whether the row still says this. */
  isStillImported(row: Imported): Promise<boolean>;
  /** The file was found to be like this now; the row is about it from now on. */
  refreshImported(row: Imported, file: { bytes: number; modifiedAt: number }): Promise<boolean>;
  /** Forgets it: the mod has to be fetched when somebody asks for it. */
  dropImported(row: Imported): Promise<boolean>;
  /** Publishes what became of it and takes the row away, both or neither. False when somebody else was faster. */
  publishImported(row: Imported, publication: Publication): Promise<boolean>;
}

const ROW = `FROM mods m INDEXED BY mods_by_requested CROSS JOIN imported_archives i ON i.mod_id = m.id`;
/** Whatever `row` says about a row. */
const SAME = "mod_id = :mod AND path = :path AND bytes = :bytes AND modified_at = :modifiedAt";

const Place = z.object({ mod: z.string(), requested_at: z.number() });
const Left = z.tuple([z.object({ archives: z.number(), bytes: z.number() })]);

export function createImportedStore(database: Database): ImportedStore {
  return {
    async listImported({ after, limit }) {
      const behind = after === null ? "TRUE" : "(m.requested_at, m.id) < (:requestedAt, CAST(:mod AS INTEGER))";
      const rows = await database.read({
        sql: `SELECT CAST(m.id AS TEXT) AS mod, m.requested_at, ${IMPORTED_COLUMNS} ${ROW}
               WHERE ${LISTED} AND ${behind} ORDER BY m.requested_at DESC, m.id DESC LIMIT :limit`,
        args: { requestedAt: after?.requestedAt ?? 0, mod: after?.mod ?? "", limit },
      });
      return rows.map((row) => {
        const { mod, requested_at } = Place.parse(row);
        return { ...toImported(row), mod, requestedAt: requested_at };
      });
    },
    async countImported() {
      const sql = "SELECT count(*) AS archives, coalesce(sum(bytes), 0) AS bytes FROM imported_archives";
      return Left.parse(await database.read({ sql }))[0];
    },
    async isStillImported(row) {
      const sql = `SELECT 1 FROM imported_archives WHERE ${SAME}`;
      return (await database.read({ sql, args: columns(row) })).length > 0;
    },
    async refreshImported(row, { bytes, modifiedAt }) {
      const args = { ...columns(row), newBytes: bytes, newModifiedAt: modifiedAt };
      const sql = `UPDATE imported_archives SET bytes = :newBytes, modified_at = :newModifiedAt WHERE ${SAME} RETURNING 1`;
      return (await database.write({ sql, args })).length > 0;
    },
    dropImported: async (row) => (await database.compareAndSet(drop(row), [])) !== null,
    publishImported: async (row, publication) =>
      (await database.compareAndSet(drop(row), publishStatements(publication))) !== null,
  };
}

function drop(row: Imported): Statement {
  return { sql: `DELETE FROM imported_archives WHERE ${SAME}`, args: columns(row) };
}

function columns({ mod, path, bytes, modifiedAt }: Imported): SqlArgs {
  return { mod: BigInt(mod), path, bytes, modifiedAt };
}
