import type { FilterValue } from "../../store/shelf.ts";
import { compact, isInt64 } from "./python-values.ts";

/** Python gives up on deeper JSON, and so do we: as for every other fault there is no filter then. */
const DEPTH_MAX = 900;
const INTEGER_DIGITS_MAX = 4_300;
/** As many digits in a row as an integer beyond 2^53 has. */
const MAYBE_UNSAFE = /\d{16}/;
const NO_FILTER: readonly FilterValue[] = [];

/**
 * A filter as PyTorrent reads it: a JSON list, and everything else is no filter. Integers are exact; booleans are SQLite's 0
 * and 1; what SQLite cannot compare with (lists, objects, integers beyond 64 bits) is null, which equals nothing.
 */
export function parseList(text: string | undefined): readonly FilterValue[] {
  if (text === undefined || text === "" || text === "[]") return NO_FILTER;
  try {
    const json = pythonOnlyWordsToNull(text);
    const value: unknown = MAYBE_UNSAFE.test(json) ? JSON.parse(json, exactInteger) : JSON.parse(json);
    return Array.isArray(value) && !isTooDeep(value) ? value.map(toFilterValue) : NO_FILTER;
  } catch {
    // Not JSON, or nested so deeply that it cannot be read.
    return NO_FILTER;
  }
}

/** Python's JSON knows three more numbers; SQLite stores the first as null and no column of ours holds the others. */
function pythonOnlyWordsToNull(text: string): string {
  if (!text.includes("NaN") && !text.includes("Infinity")) return text;
  return text.replace(/"(?:[^"\\]|\\.)*"|-?Infinity|NaN/g, (found) => (found.startsWith('"') ? found : "null"));
}

function exactInteger(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
  const source = context?.source ?? "";
  if (!/^-?\d+$/.test(source)) return value;
  if (source.replace("-", "").length > INTEGER_DIGITS_MAX) throw new SyntaxError("Python reads no longer integers");
  return BigInt(source);
}

function isTooDeep(list: readonly unknown[]): boolean {
  let level: unknown[] = [list];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > DEPTH_MAX) return true;
    level = level.flatMap((value) => Object.values(value ?? {})).filter((value) => typeof value === "object");
  }
  return false;
}

function toFilterValue(value: unknown): FilterValue {
  switch (typeof value) {
    case "string":
      return value;
    case "boolean":
      return value ? 1 : 0;
    case "bigint":
      return isInt64(value) ? compact(value) : null;
    case "number":
      // Python has no negative zero among its integers.
      return Number.isFinite(value) ? value + 0 : null;
    default:
      return null;
  }
}
