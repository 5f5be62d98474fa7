/** Runs works with one key one after another; `signal` is aborted when a newer one waits for its turn. */
export type Turns = <T>(key: string, work: (signal: AbortSignal) => Promise<T>) => Promise<T>;

/**
 * One turn per key in which the newest wins: a request that hangs on a dead line must not hold up its own repetition. The
 * older work is told to stop and is over before the newer one starts.
 */
export function createTurns(): Turns {
  const latest = new Map<string, { stop: AbortController; over: Promise<void> }>();

  return async (key, work) => {
    const before = latest.get(key);
    const { promise: over, resolve } = Promise.withResolvers<void>();
    const mine = { stop: new AbortController(), over };
    latest.set(key, mine);
    try {
      before?.stop.abort(new Error("A newer request took over"));
      await before?.over;
      return await work(mine.stop.signal);
    } finally {
      resolve();
      if (latest.get(key) === mine) latest.delete(key);
    }
  };
}

/** Runs works one after another, in the order they came. */
export type InOrder = <T>(work: () => Promise<T>) => Promise<T>;

export function createInOrder(): InOrder {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work);
    // The caller of `work` handles its failure; the queue only waits for the end.
    last = mine.then(
      () => undefined,
      () => undefined,
    );
    return mine;
  };
}
