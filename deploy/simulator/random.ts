import { seeded as seededChance } from "../../gateway/bench/seeded.ts";

/** Chance that a seed decides: the same seed makes the same world. */
export type Random = {
  /** In [0, 1). */
  next(): number;
  /** Whether something of this probability happens. */
  chance(probability: number): boolean;
  between(low: number, high: number): number;
  bytes(count: number): Uint8Array;
};

/** What the simulator needs of a seed. */
export function seeded(seed: number): Random {
  const { next, below } = seededChance(seed);
  return {
    next,
    chance: (probability) => next() < probability,
    between: (low, high) => low + next() * (high - low),
    bytes: (count) => Uint8Array.from({ length: count }, () => below(256)),
  };
}
