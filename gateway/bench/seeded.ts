export type Seeded = {
  /** In [0, 1). */
  next(): number;
  /** A whole number from 0, below the limit. */
  below(limit: number): number;
  of<Value>(values: readonly Value[]): Value;
};

/** Chance that is the same each time. Mulberry32: small, fast, and good enough for tests. */
export function seeded(seed: number): Seeded {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    next,
    below,
    of(values) {
      const value = values[below(values.length)];
      if (value === undefined) throw new RangeError("Could not choose from nothing");
      return value;
    },
  };
}
