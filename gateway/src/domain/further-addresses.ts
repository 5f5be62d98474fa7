import { Source } from "@modfleet/protocol";
import type { Elsewhere } from "./delivered.ts";

const MIRRORS_MAX = 16;
/** Parameters of a magnet link that say where else its content is: trackers, web seeds, peers. */
const WHERE = /^(tr|ws|x\.pe)(\.\d+)?$/i;

/**
 * A source with the mirrors, trackers, web seeds and peers that somebody else named for the same content behind its own, as
 * many as it may have. Both have the same `sourceKey`.
 */
export function withFurther(source: Elsewhere, other: Elsewhere): Elsewhere {
  const whole = Source.safeParse(joined(source, other));
  return whole.success && whole.data.kind !== "workshop" ? whole.data : source;
}

function joined(source: Elsewhere, other: Elsewhere): Elsewhere {
  if (source.kind === "http" && other.kind === "http") {
    const known = new Set([source.url, ...(source.mirrors ?? [])]);
    const mirrors = [...known.union(new Set(other.mirrors))].slice(1, MIRRORS_MAX + 1);
    return mirrors.length === 0 ? source : { ...source, mirrors };
  }
  if (source.kind !== "torrent" || other.kind !== "torrent") return source;
  if (source.magnet === undefined || other.magnet === undefined) return source;
  const known = new Set(placesIn(source.magnet).map(([, place]) => place));
  const further = placesIn(other.magnet).filter(([, place]) => !known.has(place));
  return { ...source, magnet: [source.magnet, ...further.map(spelled)].join("&") };
}

function placesIn(magnet: string): [string, string][] {
  return [...(URL.parse(magnet)?.searchParams ?? [])].filter(([name]) => WHERE.test(name));
}

/** Without its number, which another one may have there. */
function spelled([name, place]: [string, string]): string {
  return `${name.replace(/\.\d+$/, "")}=${encodeURIComponent(place)}`;
}
