import { setImmediate as nextTurn } from "node:timers/promises";
import type { Row, Statement } from "./database.ts";
import type { Connection } from "./libsql-connection.ts";
import { whileBusy } from "./while-busy.ts";

/** Writes that share transactions: see `createEmbedded`. */
export interface GroupCommit {
  submit(statements: readonly Statement[]): Promise<Row[][]>;
  /** Null, with nothing else done, when the guard changed no row. */
  submitGuarded(guard: Statement, then: readonly Statement[]): Promise<Row[][] | null>;
  /** Resolves when everything submitted so far is committed or refused. */
  drained(): Promise<void>;
}

/** What one caller wants done: all of it or nothing. */
type Unit = {
  run: (connection: Connection) => Row[][] | null;
  resolve: (rows: Row[][] | null) => void;
  reject: (error: unknown) => void;
};

/** More would block the event loop for too long at once. */
const UNITS_PER_COMMIT = 256;

/** One transaction at a time over `connection`; `busyMs` is how long it waits for another process's. */
export function createGroupCommit(connection: Connection, busyMs: number): GroupCommit {
  const waiting: Unit[] = [];
  let worker: Promise<void> | null = null;

  const work = async (): Promise<void> => {
    while (waiting.length > 0) {
      await nextTurn();
      await commitGroup(connection, waiting.splice(0, UNITS_PER_COMMIT), busyMs);
    }
    worker = null;
  };
  const enqueue = (run: Unit["run"]): Promise<Row[][] | null> =>
    new Promise((resolve, reject) => {
      waiting.push({ run, resolve, reject });
      worker ??= work();
    });

  return {
    // `runAll` always has rows, one list for each statement.
    submit: async (statements) => (await enqueue(runAll(statements))) ?? [],
    submitGuarded: (guard, then) => enqueue(runGuarded(guard, then)),
    drained: async () => {
      await worker;
    },
  };
}

const runAll =
  (statements: readonly Statement[]): Unit["run"] =>
  (connection) =>
    statements.map((statement) => connection.all(statement));

const runGuarded =
  (guard: Statement, then: readonly Statement[]): Unit["run"] =>
  (connection) => {
    const first = connection.all(guard);
    return connection.changes() === 0 ? null : [first, ...then.map((statement) => connection.all(statement))];
  };

async function commitGroup(connection: Connection, group: readonly Unit[], busyMs: number): Promise<void> {
  try {
    await whileBusy(() => connection.exec("BEGIN IMMEDIATE"), busyMs);
    const acknowledge = group.map((unit) => runInSavepoint(connection, unit));
    connection.exec("COMMIT");
    for (const tell of acknowledge) tell();
  } catch (error) {
    for (const unit of group) unit.reject(error);
    rollBack(connection);
  }
}

/** Where even that fails, the next BEGIN says so to its own callers; these have their answer. */
function rollBack(connection: Connection): void {
  if (!connection.inTransaction()) return;
  try {
    connection.exec("ROLLBACK");
  } catch {
    // The error that led here was told already.
  }
}

/** Runs one unit inside the open transaction and returns what to tell its caller after the commit. */
function runInSavepoint(connection: Connection, unit: Unit): () => void {
  connection.exec("SAVEPOINT unit");
  try {
    const rows = unit.run(connection);
    connection.exec("RELEASE unit");
    return () => unit.resolve(rows);
  } catch (error) {
    // A full disk can end the whole transaction; then nobody's unit is in it any more.
    if (!connection.inTransaction()) throw error;
    connection.exec("ROLLBACK TO unit");
    connection.exec("RELEASE unit");
    return () => unit.reject(error);
  }
}
