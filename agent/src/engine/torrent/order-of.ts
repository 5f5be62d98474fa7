import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { FailureReport, TorrentSource } from "@modfleet/protocol";
import type { z } from "zod";
import { downloadFile } from "../http/download-file.ts";
import type { HttpLimits } from "../options.ts";
import { TorrentError } from "./client.ts";
import { METAINFO_BYTES_MAX, type Metainfo, parseMetainfo } from "./metainfo.ts";
import { reportOf, TorrentFailure } from "./torrent-failure.ts";
import type { ListedFile } from "./wanted.ts";
import { joinWays, type Ways, waysOf } from "./ways.ts";

type Source = z.infer<typeof TorrentSource>;

/** What a source stands for. `files` is null until a magnet link's metadata is here. */
export type Found = { infoHash: string; ways: Ways; files: readonly ListedFile[] | null };

export type Reach = {
  /** Absolute, the job's own. */
  folder: string;
  allowPrivate: boolean;
  httpLimits: Partial<HttpLimits>;
  signal: AbortSignal;
};

/**
 * The torrent of a source. Its metainfo is fetched with the guards of the HTTP engine; a magnet link beside it helps out where the
 * address is dead, and has its trackers asked too. Throws `TorrentFailure`, or the signal's reason.
 */
export async function findTorrent({ torrentUrl, magnet }: Source, reach: Reach): Promise<Found> {
  const linked = magnet === undefined ? null : ofMagnet(magnet);
  if (torrentUrl === undefined) return linked ?? broken("The source has neither a magnet link nor an address");
  const fetched = await fetchMetainfo(torrentUrl, reach);
  if (!("code" in fetched)) {
    const found = ofMetainfo(fetched, torrentUrl);
    if (linked === null) return found;
    if (linked.infoHash === found.infoHash) return { ...found, ways: joinWays(found.ways, linked.ways) };
    throw new TorrentFailure("hash_mismatch", `${torrentUrl} is not the torrent of the magnet link`);
  }
  if (linked !== null) return linked;
  throw new TorrentFailure(fetched.code, fetched.detail);
}

function ofMagnet(uri: string): Found {
  try {
    const ways = waysOf({ kind: "magnet", uri });
    return { infoHash: ways.infoHash, ways, files: null };
  } catch (cause) {
    if (!(cause instanceof TorrentError)) throw cause;
    return broken("No magnet link");
  }
}

function broken(detail: string): never {
  throw new TorrentFailure("source_not_a_file", detail);
}

function ofMetainfo(bytes: Uint8Array, url: string): Found {
  const metainfo = parsed(bytes, url);
  const { infoHash } = metainfo;
  return { infoHash, ways: waysOf({ kind: "metainfo", bytes }), files: filesOf(metainfo) };
}

/** The files that a torrent's metainfo lists, as clients list them. */
export function filesOf({ files }: Metainfo): ListedFile[] {
  return files.filter(({ isPadding }) => !isPadding).map(({ path, length }) => ({ path, bytes: length }));
}

function parsed(bytes: Uint8Array, url: string): Metainfo {
  try {
    return parseMetainfo(bytes);
  } catch (cause) {
    if (!(cause instanceof TorrentError)) throw cause;
    throw new TorrentFailure(reportOf(cause).code, `${url}: ${cause.message}`, cause);
  }
}

async function fetchMetainfo(
  url: string,
  { folder, allowPrivate, httpLimits: limits, signal }: Reach,
): Promise<Uint8Array | FailureReport> {
  const place = { folder: join(folder, "metainfo"), partFolder: join(folder, "metainfo.part") };
  await rm(place.folder, { recursive: true, force: true });
  const outcome = await downloadFile(
    {
      ...{ url, ...place, signal, fallbackName: "source.torrent", maxBytes: METAINFO_BYTES_MAX },
      ...{ connections: 1, durable: false, onProgress: () => undefined },
    },
    { allowPrivate, limits },
  );
  signal.throwIfAborted();
  if (outcome.kind === "cancelled") throw new TorrentFailure("internal", "The torrent file's download was stopped");
  if (outcome.kind === "downloaded") return await readFile(outcome.path);
  const { failure } = outcome;
  // Whatever is larger than any torrent file is none; the item itself need not be too large.
  return failure.code === "too_large" ? { code: "source_not_a_file", detail: failure.detail } : failure;
}
