/** The info-hash of a torrent of version 1 (BEP 3): 40 lower-case hexadecimal digits. */
export const INFO_HASH = /^[0-9a-f]{40}$/;

const TOPIC = "urn:btih:";
const ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";

/** The info-hash that a magnet link names (BEP 9), in hexadecimal or base 32; null when it names none of version 1. */
export function magnetInfoHash(magnet: string): string | null {
  const url = URL.parse(magnet);
  if (url?.protocol !== "magnet:") return null;
  for (const topic of url.searchParams.getAll("xt")) {
    if (!topic.toLowerCase().startsWith(TOPIC)) continue;
    const hash = topic.slice(TOPIC.length).toLowerCase();
    if (INFO_HASH.test(hash)) return hash;
    if (/^[a-z2-7]{32}$/.test(hash)) return fromBase32(hash);
  }
  return null;
}

/** 32 letters of five bits each are exactly 20 bytes (RFC 4648). */
function fromBase32(text: string): string {
  const bits = Array.from(text, (letter) => ALPHABET.indexOf(letter).toString(2).padStart(5, "0")).join("");
  return Array.from({ length: 40 }, (_, at) => Number.parseInt(bits.slice(at * 4, at * 4 + 4), 2).toString(16)).join(
    "",
  );
}
