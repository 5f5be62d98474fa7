import { joinWays, type Ways } from "./ways.ts";

/** A torrent that jobs use: where its data goes, and how it can be had. */
export type Used = {
  /** That of the first job holds for all. */
  readonly folder: string;
  /** What all its jobs brought together. */
  readonly ways: Ways;
  /** What the client was last told of; null: it may have known the torrent before. */
  readonly told: Ways | null;
};

/** Which torrents jobs work on, and one turn at a time for what is done to a torrent. */
export interface InUse {
  /** Runs `action` while nobody else's runs for this torrent. */
  alone<T>(infoHash: string, action: () => Promise<T>): Promise<T>;
  /** A job begins to use a torrent, in `folder` where no other does; what it brings is there for all. */
  enter(ways: Ways, folder: string): void;
  leave(infoHash: string): void;
  get(infoHash: string): Used | null;
  /** The client has been told of `ways`. */
  tell(ways: Ways): void;
  /** The folder of a torrent that jobs use, or null. */
  folderOf(infoHash: string): string | null;
  /** Whether no job uses any. */
  isEmpty(): boolean;
}

export function createInUse(): InUse {
  const users = new Map<string, Used & { jobs: number }>();
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
    enter: (ways, folder) => {
      const known = users.get(ways.infoHash) ?? { folder, ways, told: null, jobs: 0 };
      users.set(ways.infoHash, { ...known, ways: joinWays(known.ways, ways), jobs: known.jobs + 1 });
    },
    leave: (infoHash) => {
      const known = users.get(infoHash);
      if (known === undefined || known.jobs === 1) users.delete(infoHash);
      else users.set(infoHash, { ...known, jobs: known.jobs - 1 });
    },
    get: (infoHash) => users.get(infoHash) ?? null,
    tell: (ways) => {
      const known = users.get(ways.infoHash);
      if (known !== undefined) users.set(ways.infoHash, { ...known, told: ways });
    },
    folderOf: (infoHash) => users.get(infoHash)?.folder ?? null,
    isEmpty: () => users.size === 0,
  };
}
