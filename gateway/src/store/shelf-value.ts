import type { SqlArgs } from "./database.ts";
import type { FilterValue, OffsetQuery } from "./shelf.ts";

const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);

/** Something in SQL and the arguments it names. */
export type Sql = { sql: string; args: SqlArgs };

/** Whether SQLite can hold the value at all. What it cannot hold equals nothing that it holds. */
export function isStorable(value: FilterValue): boolean {
  if (typeof value === "bigint") return value >= INT64_MIN && value <= INT64_MAX;
  if (typeof value === "number") return Number.isFinite(value);
  return value === null || value.isWellFormed();
}

/**
 * `column` equals one of the values by SQLite's rules for the column's type; null when nothing can. No values at all: no
 * restriction.
 */
export function anyOf(column: string, values: readonly FilterValue[], prefix: string): Sql | null {
  const usable = values.filter(isStorable);
  if (usable.length === 0) return values.length === 0 ? { sql: "TRUE", args: {} } : null;
  const names = usable.map((_, i) => `${prefix}${i}`);
  return {
    sql: `${column} IN (${names.map((name) => `:${name}`).join(", ")})`,
    args: Object.fromEntries(names.map((name, i) => [name, usable[i] ?? null])),
  };
}

/** LIMIT and OFFSET as SQLite takes them; null when the offset lies behind everything there can be. */
export function pageWindow(query: { limit: number | bigint; offset: number | bigint }): SqlArgs | null {
  const offset = toBigint(query.offset);
  if (offset > INT64_MAX) return null;
  const limit = toBigint(query.limit);
  return { limit: limit < 0n || limit > INT64_MAX ? -1n : limit, offset: offset < 0n ? 0n : offset };
}

/** A 64-bit id, or null for one that nobody can have. */
export function toId(id: string | number | bigint): bigint | null {
  const value = typeof id === "string" ? BigInt(id) : toBigint(id);
  return value >= INT64_MIN && value <= INT64_MAX ? value : null;
}

function toBigint(value: OffsetQuery["offset"]): bigint {
  return typeof value === "bigint" ? value : BigInt(Math.trunc(value));
}

/** All of the conditions; null when one of them is, because then nothing passes. */
export function allOf(conditions: readonly (Sql | null)[]): Sql | null {
  const known = conditions.filter((condition) => condition !== null);
  if (known.length < conditions.length) return null;
  return { sql: known.map(({ sql }) => sql).join(" AND "), args: Object.assign({}, ...known.map(({ args }) => args)) };
}
