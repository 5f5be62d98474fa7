import { pathFault } from "@modfleet/protocol";

const NAME_BYTES_MAX = 200;

/** What may not stand in a file's name on some system. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this replaces
const UNSAFE = /[\u0000-\u001f\u007f/\\:*?"<>|]/g;

/** Makes a name from outside safe as the name of one file everywhere, or null where nothing is left of it. */
export function safeFileName(name: string): string | null {
  const last = name.split(/[/\\]/).at(-1) ?? "";
  const cleaned = shortened(last.toWellFormed().replaceAll(UNSAFE, "_").trim()).replace(/[. ]+$/, "");
  const named = pathFault(cleaned) === "reserved_name" ? `_${cleaned}` : cleaned;
  return pathFault(named) === null ? named : null;
}

/** Keeps the ending, which says what the file is. */
function shortened(name: string): string {
  const bytes = new TextEncoder().encode(name);
  if (bytes.length <= NAME_BYTES_MAX) return name;
  const ending = /\.[A-Za-z0-9]{1,10}$/.exec(name)?.[0] ?? "";
  const kept = new TextDecoder().decode(bytes.subarray(0, NAME_BYTES_MAX - ending.length)).replace(/\ufffd+$/, "");
  return kept + ending;
}

/** The file name of a `Content-Disposition` (RFC 6266): `filename*` before `filename`; null where there is none. */
export function dispositionName(header: string): string | null {
  const extended = /filename\*\s*=\s*(?:UTF-8)?'[^']*'([^;\s]+)/i.exec(header)?.[1];
  if (extended !== undefined) {
    try {
      return decodeURIComponent(extended);
    } catch {
      // Not the encoding it claims: the plain name may still be good.
    }
  }
  const quoted = /filename\s*=\s*"((?:[^"\\]|\\.)*)"/i.exec(header)?.[1];
  return quoted?.replaceAll(/\\(.)/g, "$1") ?? /filename\s*=\s*([^;\s"]+)/i.exec(header)?.[1] ?? null;
}

/** The name of a downloaded file: what the server calls it, else the end of the address, else `fallback`. */
export function fileNameFor(disposition: string, url: URL, fallback: string): string {
  const named = dispositionName(disposition);
  const safe = named === null ? null : safeFileName(named);
  return safe ?? nameInUrl(url) ?? fallback;
}

/** Only a last segment that looks like a file: content stores end in hashes that say nothing. */
function nameInUrl({ pathname }: URL): string | null {
  const segment = pathname.split("/").at(-1) ?? "";
  return /\.[A-Za-z0-9]{1,10}$/.test(segment) ? segmentName(segment) : null;
}

/** The name that a segment of an address stands for; null where it stands for none. */
export function segmentName(segment: string): string | null {
  try {
    return safeFileName(decodeURIComponent(segment));
  } catch {
    // Not the encoding of anything: as it stands it may still be a name.
    return safeFileName(segment);
  }
}
