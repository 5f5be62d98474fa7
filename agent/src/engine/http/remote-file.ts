import { type Digest, digestOf } from "./digests.ts";
import { fileNameFor } from "./file-name.ts";
import { contentRangeOf, headerOf, numberOf, unsatisfiedTotalOf } from "./headers.ts";
import type { SourceResponse } from "./open-source.ts";

/** What tells one state of a file from another. */
export type Identity = Readonly<{ etag: string | null; lastModified: string | null }>;

/** A file as its server describes it. */
export type RemoteFile = Identity &
  Readonly<{
    /** Where the redirects led. */
    url: URL;
    /** Null: unknown until the end. */
    total: number | null;
    /** Null: not asked yet, which only a 206 can answer. */
    ranges: boolean | null;
    name: string;
    digest: Digest | null;
  }>;

/** Reads a file's description from any successful answer, or from the 416 that an empty file gives to a range. */
export function toRemoteFile(response: SourceResponse, fallbackName: string): RemoteFile {
  const { statusCode, headers, url } = response;
  const range = statusCode === 206 ? contentRangeOf(headers) : null;
  const length = statusCode === 416 ? unsatisfiedTotalOf(headers) : numberOf(headerOf(headers, "content-length"));
  const refuses = statusCode !== 206 && /^none$/i.test(headerOf(headers, "accept-ranges") ?? "");
  return {
    ...identityOf(response),
    url,
    total: range?.total ?? (statusCode === 206 ? null : length),
    ranges: range !== null ? true : refuses ? false : null,
    name: fileNameFor(headerOf(headers, "content-disposition") ?? "", url, fallbackName),
    digest: digestOf(headers),
  };
}

export const identityOf = ({ headers }: SourceResponse): Identity => ({
  etag: headerOf(headers, "etag"),
  lastModified: headerOf(headers, "last-modified"),
});

/** Whether `seen` may be the same state as `known`: an answer to a range need not repeat everything (RFC 9110 section 15.3.7). */
export function mayBeSame(known: Identity, seen: Identity): boolean {
  if (known.etag !== null && seen.etag !== null) return known.etag === seen.etag;
  return known.lastModified === null || seen.lastModified === null || known.lastModified === seen.lastModified;
}

/** "A client MUST NOT generate an If-Range header field containing an entity tag that is marked as weak" (RFC 9110). */
export const strongEtag = ({ etag }: Identity): string | null => (etag?.startsWith('"') ? etag : null);

/** What `If-Range` may carry, or null: then a resumed download could mix two states. */
export const ifRangeOf = (file: Identity): string | null => strongEtag(file) ?? file.lastModified;

/** Whether two addresses surely have the same bytes; the same expected hash of both makes the size enough. */
export function sameBytes(a: RemoteFile, b: RemoteFile, hasExpectedHash: boolean): boolean {
  if (a.total === null || a.total !== b.total) return false;
  if (hasExpectedHash) return true;
  if (a.digest !== null && b.digest !== null) return isSameDigest(a.digest, b.digest);
  return strongEtag(a) !== null && strongEtag(a) === strongEtag(b);
}

const isSameDigest = (a: Digest, b: Digest): boolean => a.algorithm === b.algorithm && a.hex === b.hex;
