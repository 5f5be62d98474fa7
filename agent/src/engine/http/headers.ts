import type { Dispatcher } from "undici";

export type Headers = Dispatcher.ResponseData["headers"];

/** The first value of a header, or null. */
export function headerOf(headers: Headers, name: string): string | null {
  const value = headers[name];
  return (Array.isArray(value) ? value[0] : value) ?? null;
}

/** A whole number of at most 15 digits, or null. */
export const numberOf = (text: string | null | undefined): number | null =>
  text != null && /^\d{1,15}$/.test(text) ? Number(text) : null;

export type ContentRange = { from: number; to: number; total: number | null };

/** A `Content-Range` of bytes (RFC 9110 section 14.4), its end made exclusive; null for anything else. */
export function contentRangeOf(headers: Headers): ContentRange | null {
  const match = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/.exec(headerOf(headers, "content-range") ?? "");
  const [from, last, total] = [numberOf(match?.[1]), numberOf(match?.[2]), numberOf(match?.[3])];
  if (from === null || last === null || last < from || (total !== null && last >= total)) return null;
  return { from, to: last + 1, total };
}

/** The size that a 416 tells, RFC 9110 section 15.5.17. */
export function unsatisfiedTotalOf(headers: Headers): number | null {
  return numberOf(/^bytes \*\/(\d{1,15})$/.exec(headerOf(headers, "content-range") ?? "")?.[1]);
}

const DAY_MS = 24 * 60 * 60_000;

/**
 * Milliseconds that `Retry-After` asks for, at most a day; null where it says nothing. A date counts from the answer's own
 * `Date`, so that nobody's clock has to be right.
 */
export function retryAfterMsOf(headers: Headers): number | null {
  const text = headerOf(headers, "retry-after")?.trim() ?? "";
  const seconds = numberOf(text);
  if (seconds !== null) return Math.min(DAY_MS, seconds * 1_000);
  // Date.parse takes almost anything for a date.
  if (!/GMT$/.test(text)) return null;
  const wait = Date.parse(text) - Date.parse(headerOf(headers, "date") ?? "");
  return Number.isNaN(wait) ? null : Math.min(DAY_MS, Math.max(0, wait));
}

/**
 * Whether a body comes as something else than the bytes of the file, so that ranges, sizes and hashes count something else. Servers
 * also call a compressed file like `a.tar.gz` encoded (Apache by default); that one is sent as it lies there.
 */
export function isEncoded(headers: Headers, { pathname }: Pick<URL, "pathname">): boolean {
  const encoding = headerOf(headers, "content-encoding")?.trim() ?? "";
  if (/^(x-)?gzip$/i.test(encoding) && /\.(gz|tgz)$/i.test(pathname)) return false;
  return !/^(identity)?$/i.test(encoding);
}

/** Whether this is a page for people and not meant as a download. */
export function isPage(headers: Headers): boolean {
  const type = headerOf(headers, "content-type") ?? "";
  const disposition = headerOf(headers, "content-disposition") ?? "";
  return /^\s*(text\/html|application\/xhtml)/i.test(type) && !/^\s*attachment/i.test(disposition);
}
