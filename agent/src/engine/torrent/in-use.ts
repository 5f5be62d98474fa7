/** Which torrents jobs work on, and one turn at a time for what is done to a torrent. */
export interface InUse {
  /** Runs `action` while nobody else's runs for this torrent. */
  alone<T>(infoHash: string, action: () => Promise<T>): Promise<T>;
  /** A job begins to use a torrent in `folder`; the folder of the first one holds for all. */
  enter(infoHash: string, folder: string): void;
  leave(infoHash: string): void;
  /** The folder of a torrent that jobs use, or null. */
  folderOf(infoHash: string): string | null;
  /** Whether no job uses any. */
  isEmpty(): boolean;
}

export function createInUse(): InUse {
  const users = new Map<string, { folder: string; jobs: number }>();
  const turns = new Map<string, Promise<unknown>>();
  return {
    alone: (infoHash, action) => {
      const mine = (turns.get(infoHash) ?? Promise.resolve()).then(action);
      const over = mine
        .catch(() => undefined)
        .then(() => {
          if (turns.get(infoHash) === over) turns.delete(infoHash);
        });
      turns.set(infoHash, over);
      return mine;
    },
    enter: (infoHash, folder) => {
      const known = users.get(infoHash);
      users.set(infoHash, { folder: known?.folder ?? folder, jobs: (known?.jobs ?? 0) + 1 });
    },
    leave: (infoHash) => {
      const known = users.get(infoHash);
      if (known === undefined || known.jobs === 1) users.delete(infoHash);
      else users.set(infoHash, { ...known, jobs: known.jobs - 1 });
    },
    folderOf: (infoHash) => users.get(infoHash)?.folder ?? null,
    isEmpty: () => users.size === 0,
  };
}
