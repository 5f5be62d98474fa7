import type { Source } from "@modfleet/client";
import { magnetInfoHash } from "@modfleet/protocol";
import { parseMetainfo } from "../../../engine/torrent/metainfo.ts";
import type { WantedTorrent } from "../job.ts";
import type { AskedFor } from "../usage.ts";

export type SourceOf = { ok: true; source: Source } | { ok: false; problem: string };

const MAGNET_LENGTH_MAX = 8_192;

/** What a library is asked to have fetched: the same thing, in words that its agents understand. */
export function sourceOf(wanted: Exclude<AskedFor, { target: { kind: "workshop" } }>): SourceOf {
  if ("torrent" in wanted) return sourceOfTorrent(wanted.torrent);
  if (wanted.target.kind === "http") return { ok: true, source: { kind: "http", url: wanted.target.url } };
  throw new Error("A Workshop item is asked for by its id");
}

function sourceOfTorrent({ from }: WantedTorrent): SourceOf {
  if (from.kind === "url") return { ok: true, source: { kind: "torrent", torrentUrl: from.url } };
  if (from.kind === "magnet") return { ok: true, source: { kind: "torrent", magnet: from.uri } };
  const { infoHash, name, trackers, webSeeds, isPrivate } = parseMetainfo(from.bytes);
  if (isPrivate) return { ok: false, problem: "it is private, and its trackers may know you by their address" };
  return {
    ok: true,
    source: { kind: "torrent", magnet: magnetOf(infoHash, { dn: [name], tr: trackers, ws: webSeeds }) },
  };
}

/** As many of the addresses as a library takes. */
function magnetOf(infoHash: string, parts: Record<string, readonly string[]>): string {
  let magnet = `magnet:?xt=urn:btih:${infoHash}`;
  for (const [key, values] of Object.entries(parts)) {
    for (const value of values) {
      const more = `${magnet}&${key}=${encodeURIComponent(value)}`;
      if (more.length <= MAGNET_LENGTH_MAX && magnetInfoHash(more) !== null) magnet = more;
    }
  }
  return magnet;
}
