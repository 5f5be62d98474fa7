import { createBatcher } from "./batcher.ts";
import type { Bucket } from "./bucket.ts";
import { createCache } from "./cache.ts";
import type { Sleep } from "./sleep.ts";

/** Every answer of Steam can be this one instead. */
export type Unavailable = { kind: "unavailable"; retryAfterMs: number };

export type Clock = { now: () => number; sleep: Sleep };

export type LookupOptions<Answer> = {
  bucket: Bucket;
  clock: Clock;
  signal: AbortSignal;
  coalesceMs: number;
  /** Most ids of one call. */
  sizeMax: number;
  cacheMax: number;
  run: (ids: readonly string[]) => Promise<ReadonlyMap<string, Answer>>;
  /** How long an answer is good for; 0 keeps nothing. */
  ttlMs: (answer: Answer) => number;
};

/** How long a request may wait for a token before it hears "later". */
const PATIENCE_MS = 15_000;

/** Cache, then whoever asks already, then a call. */
export function createLookup<Answer>(options: LookupOptions<Answer>) {
  const { clock, ttlMs } = options;
  const cache = createCache<Answer>(options.cacheMax, clock.now);
  const batcher = createBatcher<Answer>({
    sizeMax: options.sizeMax,
    coalesceMs: options.coalesceMs,
    patienceMs: PATIENCE_MS,
    bucket: options.bucket,
    sleep: clock.sleep,
    signal: options.signal,
    async run(ids) {
      const answers = await options.run(ids);
      for (const [id, answer] of answers) cache.set(id, answer, ttlMs(answer));
      return answers;
    },
  });

  return async (id: string, { fresh = false } = {}): Promise<Answer | Unavailable> => {
    const known = fresh ? undefined : cache.get(id);
    if (known !== undefined) return known;
    const loaded = await batcher.load(id);
    return loaded.ok ? loaded.value : { kind: "unavailable", retryAfterMs: loaded.retryAfterMs };
  };
}
