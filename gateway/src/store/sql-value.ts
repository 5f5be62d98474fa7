import type { Row, SqlArgs, SqlValue } from "./database.ts";

/** Safe integers become bigint, because both drivers bind a JavaScript number as REAL (`json_object` would show `5.0`). */
export function toBound(args: SqlArgs = {}): Record<string, SqlValue> {
  const bound: Record<string, SqlValue> = {};
  for (const [name, value] of Object.entries(args)) {
    bound[name] = typeof value === "number" && Number.isSafeInteger(value) ? BigInt(value) : value;
  }
  return bound;
}

/** A row as `Database` promises it: integers as number while safe, blobs as bytes. */
export function toRow(columns: Iterable<[string, unknown]>): Row {
  const row: Record<string, SqlValue> = {};
  for (const [name, value] of columns) row[name] = toSqlValue(value);
  return row;
}

function toSqlValue(value: unknown): SqlValue {
  if (value === null || typeof value === "string" || typeof value === "number") return value;
  if (typeof value === "bigint") return isSafe(value) ? Number(value) : value;
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (value instanceof Uint8Array) return value;
  throw new TypeError(`Could not read a column: it holds ${typeof value}`);
}

function isSafe(value: bigint): boolean {
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER;
}
