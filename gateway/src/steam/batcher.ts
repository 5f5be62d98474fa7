import type { Bucket } from "./bucket.ts";
import type { Sleep } from "./sleep.ts";

type Options<Value> = {
  /** Answers some ids with one call. Must not throw, and must answer each of them. */
  run: (ids: readonly string[]) => Promise<ReadonlyMap<string, Value>>;
  /** Most ids of one call. */
  sizeMax: number;
  /** How long the first id waits for company. */
  coalesceMs: number;
  /** An id that would wait longer for a token is turned away. */
  patienceMs: number;
  bucket: Bucket;
  sleep: Sleep;
  signal: AbortSignal;
};

export type Loaded<Value> = { ok: true; value: Value } | { ok: false; retryAfterMs: number };

const WAITING_MAX = 10_000;
const CLOSED_RETRY_MS = 1_000;

/** Asks for ids in batches, one token of the bucket each. Whoever wants an id that is waited for already shares its answer. */
export function createBatcher<Value>(options: Options<Value>): { load(id: string): Promise<Loaded<Value>> } {
  const { sizeMax, bucket, signal } = options;
  const open = new Map<string, PromiseWithResolvers<Loaded<Value>>>();
  const waiting = new Set<string>();
  let collecting = false;

  function answer(id: string, loaded: Loaded<Value>): void {
    open.get(id)?.resolve(loaded);
    open.delete(id);
  }

  async function collect(): Promise<void> {
    try {
      await options.sleep(options.coalesceMs, signal);
      while (waiting.size > 0) {
        await bucket.take(signal);
        const ids = [...waiting.values().take(sizeMax)];
        for (const id of ids) waiting.delete(id);
        void deliver(ids);
      }
    } catch {
      // The sleeps end early only when the batcher was closed.
      waiting.clear();
      for (const id of open.keys()) answer(id, { ok: false, retryAfterMs: CLOSED_RETRY_MS });
    } finally {
      collecting = false;
    }
  }

  /** Never rejects, because `run` does not; an id that it forgot is given back instead of left hanging. */
  async function deliver(ids: readonly string[]): Promise<void> {
    const values = await options.run(ids).catch((): ReadonlyMap<string, Value> => new Map());
    for (const id of ids) {
      const value = values.get(id);
      answer(id, value === undefined ? { ok: false, retryAfterMs: CLOSED_RETRY_MS } : { ok: true, value });
    }
  }

  return {
    load(id) {
      const shared = open.get(id);
      if (shared !== undefined) return shared.promise;
      const waitMs = bucket.waitMs(Math.floor(waiting.size / sizeMax));
      if (waitMs > options.patienceMs || waiting.size >= WAITING_MAX || signal.aborted) {
        return Promise.resolve({ ok: false, retryAfterMs: Math.max(waitMs, CLOSED_RETRY_MS) });
      }
      const own = Promise.withResolvers<Loaded<Value>>();
      open.set(id, own);
      waiting.add(id);
      if (!collecting) {
        collecting = true;
        void collect();
      }
      return own.promise;
    },
  };
}
