import { open as openFile } from "node:fs/promises";
import type { Database, Row, Statement } from "./database.ts";
import type { GroupCommit } from "./group-commit.ts";
import { createGroupCommit } from "./group-commit.ts";
import type { Connection } from "./libsql-connection.ts";
import { openConnection } from "./libsql-connection.ts";
import { whileBusy } from "./while-busy.ts";

export type EmbeddedOptions = {
  /** A file, created when missing in its existing folder, or `:memory:` for a database that ends with its process. */
  path: string;
  /** How long a statement waits for another process's transaction before it fails, in milliseconds. */
  busyMs?: number;
  /**
   * For a great many rows that can be written again: commits are whole and in order, but durable only once `close` has
   * resolved.
   */
  isBulk?: boolean;
};

/**
 * A database in a local file. Writes of one turn of the event loop share a transaction and its one fsync, each in its own
 * savepoint; a promise resolves after the commit. Other processes may use the file at the same time.
 */
export function createEmbedded({ path, busyMs = 10_000, isBulk = false }: EmbeddedOptions): Database {
  const writer = openConnection(path, { readOnly: false, isBulk });
  const reader = path === ":memory:" ? null : openConnection(path, { readOnly: true, isBulk });
  const commits = createGroupCommit(writer, busyMs);
  const read = reader ? (statement: Statement) => reader.all(statement) : guardedRead(writer);
  let closing: Promise<void> | null = null;

  const open = (): GroupCommit => {
    if (closing !== null) throw new Error("Could not use the database: it is closed");
    return commits;
  };

  return {
    read: async (statement) => {
      open();
      return whileBusy(() => read(statement), busyMs);
    },
    write: async (statement) => (await open().submit([statement]))[0] ?? [],
    batch: async (statements) => open().submit(statements),
    compareAndSet: async (guard, then) => open().submitGuarded(guard, then),
    close() {
      closing ??= commits.drained().then(async () => {
        // What has left the WAL was synced on its way; SQLite holds no lock on this file that a second handle could end.
        if (isBulk && reader !== null) await syncFile(`${path}-wal`);
        reader?.close();
        writer.close();
      });
      return closing;
    },
  };
}

/** Reads on the only connection of a memory database, which must still refuse to write then. */
function guardedRead(connection: Connection): (statement: Statement) => Row[] {
  return (statement) => {
    connection.exec("PRAGMA query_only = ON");
    try {
      return connection.all(statement);
    } finally {
      connection.exec("PRAGMA query_only = OFF");
    }
  };
}

async function syncFile(path: string): Promise<void> {
  const file = await openFile(path, "r");
  await file.sync().finally(() => file.close());
}
