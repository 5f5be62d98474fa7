import { rm } from "node:fs/promises";
import type { EngineLog } from "../options.ts";
import { TorrentError } from "./client.ts";
import type { InUse } from "./in-use.ts";
import type { LazyClient } from "./lazy-client.ts";
import type { TorrentBook } from "./torrent-book.ts";

/** What everybody who works with torrents shares. */
export type Keeper = {
  book: TorrentBook;
  inUse: InUse;
  client: LazyClient;
  /** Milliseconds UTC. */
  now: () => number;
  log: EngineLog;
};

/** A torrent and the folder of its data. */
export type Place = { infoHash: string; folder: string };

/** Takes a torrent off its client, its data away, and forgets it. To be called in the torrent's turn. */
export async function discardTorrent({ book, client }: Keeper, place: Place, signal: AbortSignal): Promise<void> {
  await takeOff(client, place, { deleteData: true, signal });
  await rm(place.folder, { recursive: true, force: true, maxRetries: 3 });
  book.drop(place.infoHash);
}

/** Nothing of the torrent runs on; what is known of it stays. To be called in the torrent's turn. */
export async function stopTorrent({ client }: Keeper, place: Place, signal: AbortSignal): Promise<void> {
  await takeOff(client, place, { deleteData: false, signal });
}

/** As `stopTorrent`, and its data waits from now on. To be called in the torrent's turn. */
export async function setAside(keeper: Keeper, place: Place, signal: AbortSignal): Promise<void> {
  await stopTorrent(keeper, place, signal);
  keeper.book.put({ state: "partial", infoHash: place.infoHash, since: keeper.now() });
}

/** A torrent that lies elsewhere on the same server is somebody's own. */
async function takeOff(
  client: LazyClient,
  { infoHash, folder }: Place,
  { deleteData, signal }: { deleteData: boolean; signal: AbortSignal },
): Promise<void> {
  const opened = await client.get();
  if ((await opened.get(infoHash, signal))?.folder !== folder) return;
  try {
    await opened.remove(infoHash, { deleteData }, signal);
  } catch (error) {
    if (!(error instanceof TorrentError && error.problem === "not_found")) throw error;
  }
}
