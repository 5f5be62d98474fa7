import type { Row, SqlArgs, SqlValue } from "./database.ts";

const TOKEN = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|:([A-Za-z_]\w*)/g;

/** The names of a statement's arguments. */
export function argumentNames(sql: string): string[] {
  return [...new Set([...sql.matchAll(TOKEN)].flatMap((token) => token[1] ?? []))];
}

/**
 * What `names` stand for, as both drivers take it. One that is missing is a bug here and at sqld, but NULL for the local
 * driver; one too many is refused by sqld only. Safe integers become bigint, because a JavaScript number is bound as REAL.
 */
export function toBound(names: readonly string[], args: SqlArgs = {}): Record<string, SqlValue> {
  const bound: Record<string, SqlValue> = {};
  for (const name of names) {
    const value = args[name];
    if (value === undefined) throw new TypeError(`Could not run a statement: no value for :${name}`);
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
