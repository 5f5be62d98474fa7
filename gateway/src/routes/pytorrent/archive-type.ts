/** As Python's `mimetypes` splits a name: it takes what stands before the first colon for a URL's scheme. */
const SCHEME = /^([^/:]+):/;
/** A dot that starts a name starts no extension. */
const NO_EXTENSION = /(^|\/)\.*$/;

/** What PyTorrent called the content of `name`.zip: Python knows no type where it sees no extension. */
export function pytorrentType(name: string): string {
  const scheme = SCHEME.exec(name);
  const path = scheme === null ? name : name.slice(scheme[0].length);
  const isUnknown = scheme?.[1]?.toLowerCase() === "data" || NO_EXTENSION.test(path);
  return isUnknown ? "text/plain; charset=utf-8" : "application/zip";
}
