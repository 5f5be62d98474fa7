import { type ModId, Source } from "@modfleet/protocol";
import { workshopId } from "./workshop-id.ts";

export type Wanted = { kind: "item"; id: ModId } | { kind: "source"; source: Source };

const STEAM_PAGES = /^(www\.)?steamcommunity\.com$/;

/** What somebody typed: a Workshop item, a magnet link, or the address of a file or of a torrent; null for anything else. */
export function wantedFrom(text: string): Wanted | null {
  const id = workshopId(text);
  if (id !== null) return { kind: "item", id };
  const address = text.trim();
  const url = URL.parse(address);
  // One of Steam's own pages without an item is a slip, not a file.
  if (url === null || STEAM_PAGES.test(url.hostname)) return null;
  const read = Source.safeParse(sourceAt(url, address));
  return read.success ? { kind: "source", source: read.data } : null;
}

function sourceAt({ protocol, pathname }: URL, address: string): object {
  if (protocol === "magnet:") return { kind: "torrent", magnet: address };
  if (/\.torrent$/i.test(pathname)) return { kind: "torrent", torrentUrl: address };
  return { kind: "http", url: address };
}
