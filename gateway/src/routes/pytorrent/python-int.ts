import { isInt64, parseInteger } from "./python-values.ts";

/** What Python's `int(text)` makes of an id in a path, as pydantic 1 used it. */
export type PythonId = { kind: "not_an_integer" } | { kind: "impossible" } | { kind: "id"; id: string };

/** Reads an id as pydantic 1 did. Ids start at 1 and end at 2^63 - 1. */
export function pythonId(text: string): PythonId {
  const value = parseInteger(text);
  if (value === null) return { kind: "not_an_integer" };
  const id = possibleId(value);
  return id === null ? { kind: "impossible" } : { kind: "id", id };
}

/** The id of a mod that there can be; null for an integer that is none. */
export function possibleId(value: bigint): string | null {
  return value > 0n && isInt64(value) ? value.toString() : null;
}
