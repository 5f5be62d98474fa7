import { pathToFileURL } from "node:url";
import Libsql from "libsql";
import type { Row, SqlArgs } from "./database.ts";
import { argumentNames, toBound, toRow } from "./sql-value.ts";

/**
 * A SQLite file that is not ours, read only. Select texts as blobs: the driver ends the process at a text that is no UTF-8
 * and stops reading it at a NUL.
 */
export interface ForeignFile {
  /** One row after the other, never all at once. Throws what SQLite says. */
  rows(sql: string, args?: SqlArgs): Iterable<Row>;
  /** Runs SQL that writes nothing but temporary tables. */
  exec(sql: string): void;
  close(): void;
}

/**
 * Opens `path` so that nothing is written into it or beside it. `isImmutable` also takes no lock and passes over a journal,
 * so nobody may write meanwhile; without it a journal or WAL is read too, and SQLite may have to put it in order.
 */
export function openForeignFile(path: string, { isImmutable }: { isImmutable: boolean }): ForeignFile {
  const database = new Libsql(`${pathToFileURL(path).href}?${isImmutable ? "immutable=1" : "mode=rw"}`);
  database.defaultSafeIntegers(true);
  return {
    *rows(sql, args) {
      // Rows as lists: the driver would otherwise make each name anew for each cell.
      const statement = database.prepare<Record<string, unknown>>(sql).raw();
      const names = statement.columns().map(({ name }) => name);
      for (const cells of statement.iterate(toBound(argumentNames(sql), args)))
        yield toRow(names.map((name, i) => [name, Object(cells)[i]]));
    },
    exec: (sql) => {
      database.exec(sql);
    },
    close: () => {
      database.close();
    },
  };
}
