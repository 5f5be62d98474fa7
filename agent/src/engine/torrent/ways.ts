import type { TorrentOrder } from "./client.ts";
import { parseMagnet } from "./magnet.ts";
import { parseMetainfo } from "./metainfo.ts";

/** How a torrent can be had: its metainfo where somebody brought that, and everybody who may be asked. */
export type Ways = {
  readonly infoHash: string;
  readonly metainfo: Uint8Array | null;
  /** What a magnet link calls it. */
  readonly name: string | null;
  /** Its trackers alone may know of it (BEP 27); only metainfo can say so. */
  readonly isPrivate: boolean;
  readonly trackers: readonly string[];
  readonly webSeeds: readonly string[];
  /** `host:port`. */
  readonly peers: readonly string[];
};

/** More than anybody asks; a link grows no longer than what clients read. */
const ADDRESSES_MAX = 64;
const LINK_LENGTH_MAX = 16_000;

/** Throws `TorrentError` "invalid", as the readers of magnet links and torrent files do. */
export function waysOf(from: TorrentOrder["from"]): Ways {
  if (from.kind === "magnet") return { ...parseMagnet(from.uri), metainfo: null, isPrivate: false };
  const { infoHash, isPrivate, trackers, webSeeds } = parseMetainfo(from.bytes);
  return { infoHash, isPrivate, trackers, webSeeds, metainfo: from.bytes, name: null, peers: [] };
}

/** Both together; `known` itself where `more` has nothing new. A private torrent keeps to what its metainfo says. */
export function joinWays(known: Ways, more: Ways): Ways {
  const closed = [known, more].find(({ isPrivate }) => isPrivate);
  if (closed !== undefined) return closed;
  if ((known.metainfo !== null || more.metainfo === null) && !hasMoreAddresses(more, known)) return known;
  return {
    ...known,
    metainfo: known.metainfo ?? more.metainfo,
    name: known.name ?? more.name,
    trackers: both(known.trackers, more.trackers),
    webSeeds: both(known.webSeeds, more.webSeeds),
    peers: both(known.peers, more.peers),
  };
}

const both = (one: readonly string[], other: readonly string[]): string[] =>
  [...new Set([...one, ...other])].slice(0, Math.max(ADDRESSES_MAX, one.length));

/** Whether `ways` has somebody to ask whom `known` has not. */
export function hasMoreAddresses(ways: Ways, known: Ways): boolean {
  const isNew = (of: "trackers" | "webSeeds" | "peers"): boolean =>
    both(known[of], ways[of]).length > new Set(known[of]).size;
  return isNew("trackers") || isNew("webSeeds") || isNew("peers");
}

/** Whether nobody can be asked for anything. Web seeds have no metadata to give. */
export function isDeadEnd({ metainfo, trackers, peers, webSeeds }: Ways): boolean {
  return trackers.length + peers.length + (metainfo === null ? 0 : webSeeds.length) === 0;
}

/** The order that has a client go all these ways. */
export function orderOf(ways: Ways): Pick<TorrentOrder, "from" | "peers"> {
  const { metainfo, peers } = ways;
  if (metainfo === null) return { from: { kind: "magnet", uri: linkOf(ways) } };
  const bytes = hasMoreAddresses(ways, waysOf({ kind: "metainfo", bytes: metainfo }))
    ? rewritten(ways, metainfo)
    : metainfo;
  return { from: { kind: "metainfo", bytes }, ...(peers.length > 0 && { peers }) };
}

function linkOf({ infoHash, name, trackers, webSeeds, peers }: Ways): string {
  const parts = [
    ...(name === null ? [] : [["dn", name]]),
    ...trackers.map((url) => ["tr", url]),
    ...peers.map((peer) => ["x.pe", peer]),
    ...webSeeds.map((url) => ["ws", url]),
  ];
  return parts.reduce((link, [key, value = ""]) => {
    const longer = `${link}&${key}=${encodeURIComponent(value)}`;
    return longer.length > LINK_LENGTH_MAX ? link : longer;
  }, `magnet:?xt=urn:btih:${infoHash}`);
}

/** The same info dictionary, to the byte, with all addresses; keys in the order that BEP 3 wants. */
function rewritten({ trackers, webSeeds }: Ways, metainfo: Uint8Array): Buffer {
  const text = (value: string): string => `${Buffer.byteLength(value)}:${value}`;
  const tiers = trackers.map((url) => `l${text(url)}e`).join("");
  const seeds = webSeeds.map(text).join("");
  const { rawInfo } = parseMetainfo(metainfo);
  const [before, after] = [`d${text("announce-list")}l${tiers}e${text("info")}`, `${text("url-list")}l${seeds}ee`];
  return Buffer.concat([Buffer.from(before), rawInfo, Buffer.from(after)]);
}
