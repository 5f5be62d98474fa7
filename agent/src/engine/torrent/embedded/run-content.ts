import { mkdir, open } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Parsed, Torrent } from "webtorrent";
import { type Bencoded, readBencode } from "../bencode.ts";
import { TorrentError } from "../client.ts";
import type { Metainfo } from "../metainfo.ts";
import type { CheckQueue } from "./check-queue.ts";
import type { Content } from "./content.ts";
import type { Context } from "./context.ts";
import { createFileStore } from "./file-store.ts";
import { checkInside } from "./inside-folder.ts";
import { pieceBytes, pieceCount } from "./pieces.ts";
import { openSwarm, type Swarm } from "./swarm.ts";
import { startWebSeeds, type WebSeeds } from "./web-seeds.ts";

export type ContentOrder = {
  content: Content;
  folder: string;
  /** Whether what the content calls verified is so; else all that lies there is hashed. */
  isTrusted: boolean;
  trackers: readonly string[];
  webSeeds: readonly string[];
  peers: readonly string[];
  uploaded: () => number;
  onUploaded: (bytes: number) => void;
  onError: (error: Error) => void;
};

export type ContentRun = {
  readonly swarm: Swarm;
  /** False while what lies on disk is compared. */
  isChecked(): boolean;
  /** Why no web seed helps, in words; null while one does, or may, or there is none. */
  seedProblem(): string | null;
  /** Resolves when nothing is sent or written any more. */
  stop(): Promise<void>;
};

/** Shares the files of a torrent. Throws `TorrentError` "disk" before anything is written where a link leads out of the folder. */
export async function runContent(context: Context, order: ContentOrder): Promise<ContentRun> {
  const { content, folder } = order;
  const { metainfo } = content;
  await checkInside(
    folder,
    Array.from(content.touched, ({ path }) => path),
  );
  await makeEmptyFiles(content, folder);
  const { limits } = context;
  const store = createFileStore(metainfo, folder, limits.openFilesMax);
  const wasComplete = order.isTrusted && content.isComplete;
  let isChecked = false;

  const swarm = openSwarm(context, {
    ...{ parsed: toParsed(metainfo), trackers: order.trackers, peers: order.peers, onError: order.onError },
    beginsWith: "ready",
    settings: {
      ...{ path: folder, preloadedStore: store, deselect: true },
      storeCacheSlots: Math.floor(limits.cacheBytes / metainfo.pieceLength),
      ...(order.isTrusted ? { bitfield: content.verified } : {}),
    },
    about: () => {
      const left = content.totalBytes - content.bytes;
      return { uploaded: order.uploaded(), downloaded: content.bytes, left };
    },
    onWire: (wire) => wire.on("upload", order.onUploaded),
  });
  const { torrent } = swarm;
  queueCheck(torrent, { isTrusted: order.isTrusted, checks: context.checks });
  let isAnnounced = wasComplete;
  const note = (): void => {
    if (!isChecked || !content.isComplete || isAnnounced) return;
    isAnnounced = true;
    swarm.complete();
  };
  torrent.on("verified", (index: number) => {
    content.mark(index);
    note();
  });
  torrent.once("metadata", () => {
    for (const { first, last } of content.needed) torrent.select(first, last);
  });
  let seeds: WebSeeds | null = null;
  torrent.once("ready", () => {
    // What was there already is no download that trackers should count.
    isAnnounced = content.isComplete;
    isChecked = true;
    const { WebConnection, reach } = context;
    seeds = startWebSeeds({ torrent, metainfo, seeds: order.webSeeds, WebConnection, reach, limits });
  });
  return {
    swarm,
    isChecked: () => isChecked,
    seedProblem: () => seeds?.problem() ?? null,
    async stop() {
      seeds?.stop();
      await swarm.stop();
      await store.shut();
    },
  };
}

function queueCheck(torrent: Torrent, { isTrusted, checks }: { isTrusted: boolean; checks: CheckQueue }): void {
  const verify = torrent._verifyPieces.bind(torrent);
  torrent._verifyPieces = (done) => {
    // With a bitfield alone WebTorrent would still read a piece of each file.
    if (isTrusted) return queueMicrotask(() => done(null));
    checks.enter((leave) => {
      if (torrent.destroyed) return leave();
      verify((error) => {
        leave();
        done(error);
      });
    });
  };
}

/** Files without content lie in no piece, so nothing would ever write them. */
async function makeEmptyFiles({ wanted }: Content, folder: string): Promise<void> {
  for (const { path, length } of wanted) {
    if (length > 0) continue;
    const target = join(folder, ...path.split("/"));
    try {
      await mkdir(dirname(target), { recursive: true });
      await (await open(target, "a")).close();
    } catch (error) {
      throw new TorrentError("disk", error instanceof Error ? error.message : String(error), error);
    }
  }
}

/** What WebTorrent would have made of the torrent itself, from what has been checked. */
function toParsed(metainfo: Metainfo): Parsed {
  const { infoHash, name, isPrivate, files, length, pieceLength, pieces, rawInfo } = metainfo;
  const hex = pieces.toString("hex");
  const count = pieceCount(metainfo);
  return {
    ...{ infoHash, name, info: toObject(rawInfo), announce: [], urlList: [], private: isPrivate, length, pieceLength },
    files: files.map((file) => ({ ...file, name: file.path })),
    lastPieceLength: pieceBytes(metainfo, count - 1),
    pieces: Array.from({ length: count }, (_, at) => hex.slice(at * 40, at * 40 + 40)),
  };
}

/** The dictionary in the form that WebTorrent writes again, to hand it to peers. */
function toObject(rawInfo: Buffer): object {
  const plain = (value: Bencoded): unknown => {
    if (value instanceof Map) return Object.fromEntries(Array.from(value, ([key, entry]) => [key, plain(entry)]));
    return Array.isArray(value) ? value.map(plain) : value;
  };
  const info = plain(readBencode(rawInfo).value);
  return typeof info === "object" && info !== null ? info : {};
}
