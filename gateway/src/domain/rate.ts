type Options = {
  /** So many at once … */
  burst: number;
  /** … and one more each time. */
  everyMs: number;
  /** Keys remembered at most; beyond it the oldest are forgotten, which forgives them. */
  keysMax?: number;
};

/** How often each key may do something; in memory, bounded. */
export type Rate = {
  /** Milliseconds until `key` may try again; 0 when this try counts. */
  take(key: string, now: number): number;
};

/** A token bucket for every key. Kept as the time at which the bucket would be full again, so a full one takes no memory. */
export function createRate({ burst, everyMs, keysMax = 10_000 }: Options): Rate {
  const fullAt = new Map<string, number>();
  return {
    take(key, now) {
      const next = Math.max(fullAt.get(key) ?? now, now) + everyMs;
      const waitMs = next - now - burst * everyMs;
      if (waitMs > 0) return waitMs;
      // Set anew, so that the map's order is by last use.
      fullAt.delete(key);
      fullAt.set(key, next);
      forgetOldest(fullAt, keysMax);
      return 0;
    },
  };
}

function forgetOldest(map: Map<string, number>, keysMax: number): void {
  for (const key of map.keys()) {
    if (map.size <= keysMax) return;
    map.delete(key);
  }
}
