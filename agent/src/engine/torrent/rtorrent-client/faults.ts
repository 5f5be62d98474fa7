import { TorrentError } from "../client.ts";
import { isUnknownHash } from "../rtorrent/ask.ts";
import { RTorrentError } from "../rtorrent/rtorrent-error.ts";

/** Runs `work` and rejects with the signal's reason or a `TorrentError`, whatever went wrong. */
export async function told<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  try {
    return await work();
  } catch (error) {
    signal.throwIfAborted();
    throw toTorrentError(error);
  }
}

function toTorrentError(error: unknown): unknown {
  if (error instanceof RTorrentError) {
    const isUnknown = error.problem === "fault" && isUnknownHash(error.message);
    return new TorrentError(isUnknown ? "not_found" : "unreachable", error.message, error);
  }
  const isDisk = error instanceof Error && "syscall" in error;
  return isDisk ? new TorrentError("disk", error.message, error) : error;
}
