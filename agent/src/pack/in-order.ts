/** Work that runs already; `weight` is what it holds in memory. */
export type Pending<T> = { weight: number; value: Promise<T> };

export type Window = { weightMax: number; countMax: number };

/**
 * The results of `source` in its order, with as much of it under way at once as `window` allows. `source` is asked for more only
 * when there is room, so that is where reading waits for writing.
 */
export async function* inOrder<T>(source: Iterable<Pending<T>>, window: Window): AsyncGenerator<T, void, void> {
  const running: Pending<T>[] = [];
  let weight = 0;
  for (const next of source) {
    // Its error is thrown below when its turn comes; until then it must not count as unhandled.
    next.value.catch(() => "reported in its turn");
    running.push(next);
    weight += next.weight;
    while (weight > window.weightMax || running.length >= window.countMax) {
      const first = running.shift();
      if (!first) break;
      yield await first.value;
      weight -= first.weight;
    }
  }
  for (const rest of running) yield await rest.value;
}
