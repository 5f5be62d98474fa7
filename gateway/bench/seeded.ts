/** Chance that is the same each time: mulberry32. */
export function seeded(seed: number): { below(limit: number): number; of<Value>(values: readonly Value[]): Value } {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    below,
    of(values) {
      const value = values[below(values.length)];
      if (value === undefined) throw new RangeError("Could not choose from nothing");
      return value;
    },
  };
}
