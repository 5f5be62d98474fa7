import type { TorrentClient } from "./client.ts";

/** A client that is opened by whoever needs it first. */
export interface LazyClient {
  get(): Promise<TorrentClient>;
  isOpen(): boolean;
  /** Ends it where it was opened; nobody can open it afterwards. */
  close(): Promise<void>;
}

/** What could not be opened is tried again for the next one who needs it. */
export function createLazyClient(open: () => Promise<TorrentClient>): LazyClient {
  let opening: Promise<TorrentClient> | null = null;
  let isClosed = false;
  return {
    get: () => {
      if (isClosed) return Promise.reject(new Error("The torrent client is closed"));
      const mine = opening ?? open();
      opening = mine;
      mine.catch(() => {
        if (opening === mine) opening = null;
      });
      return mine;
    },
    isOpen: () => opening !== null,
    close: async () => {
      isClosed = true;
      const client = await opening?.catch(() => null);
      await client?.close();
    },
  };
}
