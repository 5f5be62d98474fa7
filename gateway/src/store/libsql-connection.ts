import Libsql from "libsql";
import type { Row, SqlValue, Statement } from "./database.ts";
import { isBusy } from "./database.ts";
import { argumentNames, toBound, toRow } from "./sql-value.ts";

/** One synchronous connection to a local database. */
export interface Connection {
  /** Runs one statement to its end. */
  all(statement: Statement): Row[];
  /** Runs SQL without arguments and results. */
  exec(sql: string): void;
  /** Rows that the last writing statement of this connection changed. */
  changes(): number;
  inTransaction(): boolean;
  close(): void;
}

type Prepared = { statement: Libsql.Statement<[Record<string, SqlValue>]>; names: readonly string[] };

const PREPARED_MAX = 256;
/** The driver's own wait blocks the event loop, so it is short; `whileBusy` waits the rest. */
const BLOCKING_WAIT_MS = 20;
const OPEN_TRIES_MAX = 200;
/** Pages kept in memory by each of the two connections. The default of 2 MiB reads an index of a large library anew each time. */
const CACHE_KIB = 8_192;

export type ConnectionOptions = {
  /** Refuses whatever would write. */
  readOnly: boolean;
  /** For a great many rows that can be written again: see `EmbeddedOptions`. */
  isBulk?: boolean;
};

/** Pages of the connection that writes in bulk; the other one has next to nothing to read then. */
const BULK_CACHE_KIB = 40_960;
const BULK_READER_CACHE_KIB = 4_096;
/** Pages in the WAL before they go into the file: each page that is written again meanwhile goes there once. */
const BULK_WAL_PAGES = 12_000;

/** Opens `path` with every setting a connection needs. */
export function openConnection(path: string, { readOnly, isBulk = false }: ConnectionOptions): Connection {
  const database = openPatiently(path);
  if (isBulk) configureBulk(database, readOnly);
  if (readOnly) database.exec("PRAGMA query_only = ON");
  const prepared = preparedCache(database);
  return {
    all: (statement) => rowsOf(prepared(statement.sql), statement),
    exec: (sql) => {
      database.exec(sql);
    },
    changes: () => Number(rowsOf(prepared("SELECT changes() AS n"), { sql: "" })[0]?.["n"]),
    inTransaction: () => database.inTransaction,
    close: () => {
      database.close();
    },
  };
}

// `all`, never `run`: a statement with RETURNING that is not read to its end leaves its transaction open.
function rowsOf({ statement, names }: Prepared, { args }: Statement): Row[] {
  return statement.all(toBound(names, args)).map((row) => toRow(Object.entries(Object(row))));
}

/** Statements by their text, the least recently used one dropped first. */
function preparedCache(database: Libsql.Database): (sql: string) => Prepared {
  const cache = new Map<string, Prepared>();
  return (sql) => {
    const known = cache.get(sql);
    if (known) cache.delete(sql);
    const prepared = known ?? { statement: database.prepare<Record<string, SqlValue>>(sql), names: argumentNames(sql) };
    cache.set(sql, prepared);
    const oldest = cache.keys().next();
    if (cache.size > PREPARED_MAX && !oldest.done) cache.delete(oldest.value);
    return prepared;
  };
}

// Two processes that open a fresh file together both switch it to WAL, and SQLite asks no busy handler for that lock.
function openPatiently(path: string): Libsql.Database {
  for (let tries = 1; ; tries += 1) {
    const database = new Libsql(path);
    try {
      return configure(database);
    } catch (error) {
      database.close();
      if (!isBusy(error) || tries >= OPEN_TRIES_MAX) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BLOCKING_WAIT_MS);
    }
  }
}

function configure(database: Libsql.Database): Libsql.Database {
  database.exec(`PRAGMA busy_timeout = ${BLOCKING_WAIT_MS}`);
  database.exec("PRAGMA journal_mode = WAL");
  database.exec("PRAGMA synchronous = FULL");
  database.exec("PRAGMA foreign_keys = ON");
  database.exec(`PRAGMA cache_size = -${CACHE_KIB}`);
  return database.defaultSafeIntegers(true);
}

// In WAL mode NORMAL still keeps every transaction whole; a power cut may take the last ones back.
function configureBulk(database: Libsql.Database, readOnly: boolean): void {
  database.exec("PRAGMA synchronous = NORMAL");
  database.exec(`PRAGMA cache_size = -${readOnly ? BULK_READER_CACHE_KIB : BULK_CACHE_KIB}`);
  database.exec(`PRAGMA wal_autocheckpoint = ${BULK_WAL_PAGES}`);
}
