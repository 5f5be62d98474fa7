import { stat } from "node:fs/promises";
import { expect } from "vitest";
import type { TorrentClient, TorrentOrder, TorrentStatus } from "../src/engine/torrent/client.ts";
import type { TestTorrent } from "./a-torrent.ts";
import { eventually } from "./eventually.ts";
import type { TempFolder } from "./temp-folder.ts";

/** A client with nothing in it yet. Trackers and peers on 127.0.0.1 are allowed; disposing ends all that was begun for it. */
export type OpenedClient = AsyncDisposable & { client: TorrentClient };
export type OpenClient = () => Promise<OpenedClient>;

export const never = new AbortController().signal;

export const orderOf = (torrent: TestTorrent, folder: string, rest: Partial<TorrentOrder> = {}): TorrentOrder => ({
  from: { kind: "metainfo", bytes: torrent.content },
  folder,
  ...rest,
});

export const hashOf = (torrent: TestTorrent): string => torrent.hash.toLowerCase();

/** Polls until the torrent is as expected; what it was last is in the message of a failure. */
export function becomes(client: TorrentClient, torrent: TestTorrent, expected: Partial<TorrentStatus>): Promise<void> {
  return eventually(async () => expect(await client.get(torrent.hash, never)).toMatchObject(expected));
}

export const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** Lays a torrent's files down as a finished download has them. */
export function writeContent(folder: TempFolder, torrent: TestTorrent, root: string): Promise<void> {
  return folder.write(
    Object.fromEntries(Object.entries(torrent.files).map(([path, bytes]) => [`${root}${path}`, bytes])),
  );
}
