/** Answers that are good for a while. The least recently used one leaves when there are more than `max`. */
export type Cache<Value> = {
  get(key: string): Value | undefined;
  set(key: string, value: Value, ttlMs: number): void;
  readonly size: number;
};

/** A bounded cache in memory; entries without time to live are not kept. */
export function createCache<Value>(max: number, now: () => number): Cache<Value> {
  const entries = new Map<string, { value: Value; until: number }>();

  return {
    get(key) {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      entries.delete(key);
      if (entry.until <= now()) return undefined;
      entries.set(key, entry);
      return entry.value;
    },
    set(key, value, ttlMs) {
      entries.delete(key);
      if (ttlMs <= 0) return;
      entries.set(key, { value, until: now() + ttlMs });
      const oldest = entries.keys().next().value;
      if (entries.size > max && oldest !== undefined) entries.delete(oldest);
    },
    get size() {
      return entries.size;
    },
  };
}
