const EXTENSION = ".zip";
const NAME_CHARACTERS_MAX = 150;

/** `encodeURIComponent` leaves `!'()*` as they are; RFC 8187 and Python's `quote` do not. */
function quote(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** The name of a file as every system can store it: no separators, no control characters, not endless, never empty. */
export function safeFileName(name: string): string {
  const spaced = name.toWellFormed().replace(/[\p{Cc}\p{Cf}/\\:*?"<>|\s]+/gu, " ");
  const short = [...spaced].slice(0, NAME_CHARACTERS_MAX).join("");
  return short.replace(/^[\s.]+|[\s.]+$/g, "") || "mod";
}

/** RFC 6266: an ASCII `filename` for old clients and, where that loses something, `filename*` for all others. */
export function attachment(fileName: string): string {
  const ascii = fileName
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/[^\x20-\x7e]/g, "_")
    .replace(/_{2,}/g, "_")
    .replace(/["\\%]/g, "_");
  const plain = `attachment; filename="${ascii}"`;
  return ascii === fileName ? plain : `${plain}; filename*=UTF-8''${quote(fileName)}`;
}

/** The header of a mod's archive on today's paths. */
export function archiveAttachment(name: string): string {
  return attachment(`${safeFileName(name)}${EXTENSION}`);
}

/** The same as PyTorrent wrote it: the plain form only where Python's `quote` would change nothing. */
export function pytorrentAttachment(name: string): string {
  const fileName = `${name.toWellFormed()}${EXTENSION}`;
  const quoted = quote(fileName).replaceAll("%2F", "/");
  return quoted === fileName ? `attachment; filename="${fileName}"` : `attachment; filename*=utf-8''${quoted}`;
}
