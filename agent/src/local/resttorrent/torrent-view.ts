import type { TorrentStatus } from "../../engine/torrent/client.ts";
import type { ToldProgress } from "./told-progress.ts";

/** libtorrent's names, as the original told them. */
type TorrentState = "checking_files" | "downloading_metadata" | "downloading" | "finished" | "seeding";

/** A torrent as RestTorrent tells it, with its keys in their order. Rates in bytes per second. */
export type TorrentView = {
  info_hash: string;
  state: TorrentState;
  /** From 0 to 1. */
  progress: number;
  download_rate: number;
  upload_rate: number;
  num_peers: number;
};

/** Tells a status. A progress never falls, not even while the torrent is checked again. */
export function toTorrentView(status: TorrentStatus, told: ToldProgress): TorrentView {
  const progress = told.raise(status.infoHash, progressOf(status));
  return {
    info_hash: status.infoHash,
    state: stateOf(status, progress),
    progress,
    download_rate: Math.round(status.downRate),
    upload_rate: Math.round(status.upRate),
    num_peers: status.peers,
  };
}

function stateOf({ phase, isPaused }: TorrentStatus, progress: number): TorrentState {
  switch (phase) {
    case "checking":
      return "checking_files";
    case "metadata":
      return "downloading_metadata";
    case "downloading":
      // After a restart a client does not look at what lies on the disk before the torrent goes on.
      return isPaused && progress === 1 ? "finished" : "downloading";
    case "complete":
      return isPaused ? "finished" : "seeding";
  }
}

/** Nothing is known before the metadata, and a torrent of empty files is complete from the beginning. */
function progressOf({ phase, bytes, totalBytes }: TorrentStatus): number {
  if (phase === "complete") return 1;
  return totalBytes === null || totalBytes === 0 ? 0 : Math.min(1, bytes / totalBytes);
}
