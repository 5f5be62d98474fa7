export type TorrentFile = { name: string; path: string; length: number };

/** What a server says of a torrent. Sizes in bytes. */
export type Facts = {
  /** Upper case where it is an info-hash. */
  hash: string;
  name: string;
  /** Ready to upload or download. */
  active: boolean;
  downloaded: number;
  uploaded: number;
  length: number;
  /** Base name of the `.torrent` file; may be empty. */
  path: string;
  extra: Record<string, unknown>;
  files: TorrentFile[];
};

/** What listeners, webhooks and the manager hand out: dTorrent's keys, which `toTorrent` puts into dTorrent's order. */
export type Torrent = Facts & {
  /** Name of the server; a hash on two servers is two torrents. */
  server: string;
  /** Whole per cent; 100 only when complete. */
  progress: number;
  /** `uploaded / downloaded` with four decimals. */
  ratio: string;
  finished: boolean;
  /** The last poll saw bytes move. */
  playing: boolean;
};

/** A fresh object each time: whoever gets one may change it. */
export function toTorrent(server: string, { hash, name, active, ...facts }: Facts, playing: boolean): Torrent {
  const { downloaded, uploaded, length, path, extra, files } = facts;
  return {
    server,
    hash,
    name,
    active,
    downloaded,
    uploaded,
    length,
    path,
    extra: { ...extra },
    progress: progressOf(downloaded, length),
    ratio: (downloaded === 0 ? 0 : uploaded / downloaded).toFixed(4),
    finished: isFinished(facts),
    playing,
    files: files.map((file) => ({ ...file })),
  };
}

export const isFinished = ({ downloaded, length }: Pick<Facts, "downloaded" | "length">): boolean =>
  downloaded === length;

function progressOf(downloaded: number, length: number): number {
  if (downloaded === length) return 100;
  return length > 0 ? Math.max(0, Math.min(99, Math.floor((downloaded * 100) / length))) : 0;
}
