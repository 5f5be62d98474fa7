/** How many may be open at once, for one address and together. */
export type WatchLimit = { perClient: number; total: number };

export type Watchers = {
  /** Takes a place and returns how to give it back; null when there is none left for this client. */
  enter(client: string): (() => void) | null;
};

/** Counts streams that stay open, so that nobody can hold all of them. */
export function createWatchers({ perClient, total }: WatchLimit): Watchers {
  const open = new Map<string, number>();
  let all = 0;
  return {
    enter(client) {
      const mine = open.get(client) ?? 0;
      if (mine >= perClient || all >= total) return null;
      open.set(client, mine + 1);
      all += 1;
      let isOpen = true;
      return () => {
        if (!isOpen) return;
        isOpen = false;
        all -= 1;
        const left = (open.get(client) ?? 1) - 1;
        if (left === 0) open.delete(client);
        else open.set(client, left);
      };
    },
  };
}
