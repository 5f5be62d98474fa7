const INT64_MAX = 2n ** 63n - 1n;

/** What Python's `int(text)` makes of an id in a path, as pydantic 1 used it. */
export type PythonId = { kind: "not_an_integer" } | { kind: "impossible" } | { kind: "id"; id: string };

/** Reads an id with surrounding blanks, a sign, leading zeros and `_` between digits. Ids start at 1 and end at 2^63 - 1. */
export function pythonId(text: string): PythonId {
  const [, sign = "", digits] = /^\s*([+-]?)(\d+(?:_\d+)*)\s*$/.exec(text) ?? [];
  if (digits === undefined) return { kind: "not_an_integer" };
  const value = BigInt(digits.replaceAll("_", ""));
  const isPossible = sign !== "-" && value > 0n && value <= INT64_MAX;
  return isPossible ? { kind: "id", id: value.toString() } : { kind: "impossible" };
}
