export type AnnounceEvent = "started" | "completed" | "stopped" | null;

/** What a tracker is told. Hashes in hexadecimal, amounts in bytes. */
export type Announcement = {
  infoHash: string;
  peerId: string;
  port: number;
  event: AnnounceEvent;
  uploaded: number;
  downloaded: number;
  left: number;
  wanted: number;
};

/** What it answers; `peers` are `ip:port`, or whatever it sent in place of that. */
export type Announced = { intervalMs: number | null; peers: string[] };
