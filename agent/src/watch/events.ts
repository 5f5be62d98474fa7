import type { WatchedKey } from "./compare.ts";
import type { Torrent } from "./torrent.ts";

/** What a listener's `onError` gets: whose trouble it is, and the error behind it. */
export class WatchError extends Error {
  /** Name of the server. */
  readonly server: string;
  /** Set where it is about one torrent; the server is down otherwise. */
  readonly hash?: string;
  readonly error: unknown;

  constructor(message: string, { server, hash, error }: { server: string; hash?: string; error: unknown }) {
    super(message, { cause: error });
    this.name = "WatchError";
    this.server = server;
    if (hash !== undefined) this.hash = hash;
    this.error = error;
  }
}

export type WatchEvent =
  | { event: "added" | "removed" | "paused" | "resumed" | "finished"; torrent: Torrent }
  | { event: "updated"; torrent: Torrent; diff: WatchedKey[] }
  | { event: "error"; error: WatchError };

/** Any of the seven; what they return is awaited by nobody, what they throw harms nobody. */
export type Listener = {
  onAdded?: (torrent: Torrent) => unknown;
  onRemoved?: (torrent: Torrent) => unknown;
  onUpdated?: (torrent: Torrent, diff: WatchedKey[]) => unknown;
  onPaused?: (torrent: Torrent) => unknown;
  onResumed?: (torrent: Torrent) => unknown;
  onFinished?: (torrent: Torrent) => unknown;
  onError?: (error: WatchError) => unknown;
};

export const serverOf = (happened: WatchEvent): string =>
  happened.event === "error" ? happened.error.server : happened.torrent.server;

/** Hands one event to one listener, with a torrent that is its own. */
export function tell(listener: Listener, happened: WatchEvent): unknown {
  switch (happened.event) {
    case "added":
      return listener.onAdded?.(copyOf(happened.torrent));
    case "removed":
      return listener.onRemoved?.(copyOf(happened.torrent));
    case "updated":
      return listener.onUpdated?.(copyOf(happened.torrent), [...happened.diff]);
    case "paused":
      return listener.onPaused?.(copyOf(happened.torrent));
    case "resumed":
      return listener.onResumed?.(copyOf(happened.torrent));
    case "finished":
      return listener.onFinished?.(copyOf(happened.torrent));
    case "error":
      return listener.onError?.(happened.error);
  }
  return happened satisfies never;
}

function copyOf(torrent: Torrent): Torrent {
  return { ...torrent, extra: { ...torrent.extra }, files: torrent.files.map((file) => ({ ...file })) };
}
