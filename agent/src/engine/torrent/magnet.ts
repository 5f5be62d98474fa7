import { magnetInfoHash } from "@modfleet/protocol";
import { TorrentError } from "./client.ts";

/** What a magnet link says besides the info-hash; addresses that lead to a file (`xs`, `as`) are not followed. */
export type Magnet = {
  /** 40 lower-case hexadecimal digits. */
  infoHash: string;
  name: string | null;
  trackers: string[];
  webSeeds: string[];
  /** `host:port` of peers (BEP 9, `x.pe`), as they stand there. */
  peers: string[];
};

const MAGNET_LENGTH_MAX = 16_384;
const ADDRESSES_MAX = 64;
const NAME_LENGTH_MAX = 255;

/** Reads a magnet link of a torrent of version 1. Throws `TorrentError` "invalid" for anything else. */
export function parseMagnet(uri: string): Magnet {
  const infoHash = uri.length > MAGNET_LENGTH_MAX ? null : magnetInfoHash(uri);
  const url = URL.parse(uri);
  if (infoHash === null || url === null) throw new TorrentError("invalid", "This is no magnet link of a torrent");
  const all = (key: string): string[] => [...new Set(url.searchParams.getAll(key))].filter(Boolean);
  const [name] = all("dn");
  return {
    infoHash,
    name: name?.slice(0, NAME_LENGTH_MAX) ?? null,
    trackers: all("tr").slice(0, ADDRESSES_MAX),
    webSeeds: all("ws").slice(0, ADDRESSES_MAX),
    peers: all("x.pe").slice(0, ADDRESSES_MAX),
  };
}
