/** A fixed number of places that are taken in the order they were asked for. */
export interface Places {
  /** Waits for a place; false when `signal` was aborted first. */
  take(signal: AbortSignal): Promise<boolean>;
  giveBack(): void;
}

export function createPlaces(count: number): Places {
  let free = count;
  const waiting = new Set<() => void>();

  return {
    async take(signal) {
      if (signal.aborted) return false;
      if (free > 0) {
        free -= 1;
        return true;
      }
      const { promise, resolve } = Promise.withResolvers<boolean>();
      const onPlace = () => resolve(true);
      const onAbort = () => {
        waiting.delete(onPlace);
        resolve(false);
      };
      waiting.add(onPlace);
      signal.addEventListener("abort", onAbort, { once: true });
      const isTaken = await promise;
      signal.removeEventListener("abort", onAbort);
      return isTaken;
    },
    giveBack() {
      const [next] = waiting;
      if (next === undefined) {
        free += 1;
        return;
      }
      waiting.delete(next);
      next();
    },
  };
}
