/** What SQL takes and gives. Integers come back as number while safe and as bigint beyond 2^53; booleans do not exist. */
export type SqlValue = string | number | bigint | null | Uint8Array;
export type SqlArgs = Readonly<Record<string, SqlValue>>;
export type Statement = { sql: string; args?: SqlArgs };
export type Row = Readonly<Record<string, SqlValue>>;

/**
 * One SQL database: a local file (`embedded.ts`) or sqld and Turso over the network (`remote.ts`). Arguments are named
 * (`:id`). There is no interactive transaction: a write is one statement or one atomic batch, durable when its promise
 * resolves. An argument the statement does not name is passed over, one that is missing is an error. One contract suite
 * runs against both implementations.
 */
export interface Database {
  /** Rows of one SELECT. */
  read(statement: Statement): Promise<Row[]>;

  /** One writing statement; rows of its RETURNING clause. */
  write(statement: Statement): Promise<Row[]>;

  /** All statements or none, in order; the rows of each. */
  batch(statements: readonly Statement[]): Promise<Row[][]>;

  /**
   * `guard` must be a writing statement. When it changes no row, nothing else happens and the answer is null;
   * otherwise `then` follows in the same transaction and the rows of all of them (guard first) come back.
   */
  compareAndSet(guard: Statement, then: readonly Statement[]): Promise<Row[][] | null>;

  close(): Promise<void>;
}

/** Whether a write failed because a CHECK, UNIQUE, NOT NULL or FOREIGN KEY rule refused it. */
export function isConstraintViolation(error: unknown): boolean {
  return sqlCode(error).startsWith("SQLITE_CONSTRAINT");
}

/** Whether a write found another transaction in its way: nothing of it happened and it may be tried again. */
export function isBusy(error: unknown): boolean {
  return sqlCode(error).startsWith("SQLITE_BUSY");
}

/** Whether the database's disk is full: nothing of the write happened. */
export function isOutOfSpace(error: unknown): boolean {
  return sqlCode(error).startsWith("SQLITE_FULL");
}

function sqlCode(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}
