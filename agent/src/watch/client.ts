import type { Facts } from "./torrent.ts";

/**
 * What a script hands in as `client`: dTorrent's five methods, called on the object they belong to. `load` is ours: without it a
 * torrent file is only put into the folder that the client watches by itself.
 */
export type CustomClient = {
  /** The hashes of everything on the server. */
  list(): readonly string[] | Promise<readonly string[]>;
  getTorrent(hash: string): CustomTorrent | Promise<CustomTorrent>;
  pause?(hash: string): unknown;
  resume?(hash: string): unknown;
  remove?(hash: string): unknown;
  /** Adds a torrent file; `dataFolder` is where its data lies already. */
  load?(torrentFile: string, options: { dataFolder: string | null }): unknown;
};

/** Sizes in bytes. Without `files` they are read out of the torrent file at `path`, if it is there. */
export type CustomTorrent = Omit<Facts, "extra" | "files"> & {
  extra?: Record<string, unknown>;
  files?: readonly { name?: string; path: string; length: number }[];
};

/** One torrent of a poll: what is known of it, or why it could not be asked. */
export type Seen = { hash: string; facts: Facts } | { hash: string; error: unknown };

export type Load = { file: string; content: Buffer; hash: string; dataFolder: string | null };

/** A torrent server as the watcher sees it. Every call ends in bounded time; a rejected `poll` means that the server is down. */
export interface Client {
  /** Who answers, in words. */
  greet(signal: AbortSignal): Promise<string>;
  poll(signal: AbortSignal): Promise<Seen[]>;
  pause(hash: string, signal: AbortSignal): Promise<void>;
  resume(hash: string, signal: AbortSignal): Promise<void>;
  remove(hash: string, signal: AbortSignal): Promise<void>;
  /** Adds a torrent and starts it. False: the client has no way to do it and finds the file by itself. */
  load(what: Load, signal: AbortSignal): Promise<boolean>;
}

/** Info-hashes are told in upper case, whatever a server prefers; other names of torrents stay as they are. */
export const toHash = (text: string): string => (/^[0-9a-f]{40}$/i.test(text) ? text.toUpperCase() : text);
