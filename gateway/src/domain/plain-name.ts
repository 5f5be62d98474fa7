import { magnetInfoHash } from "@modfleet/protocol";
import type { Elsewhere } from "./delivered.ts";

const NAME_CHARACTERS_MAX = 200;

/** One line of visible text, not endless; empty when nothing is left. */
export function plainName(text: string): string {
  const line = text.toWellFormed().replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\uFFFD\s]+/gu, " ");
  return [...line.trim()].slice(0, NAME_CHARACTERS_MAX).join("").trim();
}

/** What something is called before anybody fetched it: after the file in its address, or as its magnet link says. */
export function nameOfSource(source: Elsewhere): string {
  if (source.kind === "http") return nameInUrl(source.url);
  const { magnet, torrentUrl } = source;
  const said = magnet === undefined ? "" : plainName(URL.parse(magnet)?.searchParams.get("dn") ?? "");
  if (said !== "") return said;
  if (torrentUrl !== undefined) return nameInUrl(torrentUrl).replace(/(.)\.torrent$/i, "$1");
  return magnetInfoHash(magnet ?? "") ?? "Torrent";
}

/** The last part of the path, or the host where the path has none. */
function nameInUrl(address: string): string {
  const url = URL.parse(address);
  const last = url?.pathname.split("/").findLast((part) => part !== "") ?? "";
  // What the URL parser kept as `%2F` is no folder of the name either.
  const name = plainName(decoded(last).split(/[/\\]/).at(-1) ?? "");
  return name || plainName(url?.hostname ?? "") || "File";
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
