/** Chance that a seed decides: the same seed makes the same world. */
export type Random = {
  /** In [0, 1). */
  next(): number;
  /** Whether something of this probability happens. */
  chance(probability: number): boolean;
  between(low: number, high: number): number;
  bytes(count: number): Uint8Array;
};

/** Mulberry32: small, fast, and good enough to choose faults. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    chance: (probability) => next() < probability,
    between: (low, high) => low + next() * (high - low),
    bytes: (count) => Uint8Array.from({ length: count }, () => Math.floor(next() * 256)),
  };
}
