import { contentRangeOf, headerOf, isEncoded, isPage, numberOf } from "./headers.ts";
import type { SourceResponse } from "./open-source.ts";
import { identityOf, mayBeSame, type RemoteFile } from "./remote-file.ts";
import { refused, type Trouble, troubleOfStatus } from "./trouble.ts";

/** What the head of an answer says to do with its body. */
export type Answer =
  /** The bytes that were asked for follow, up to `to` at least. */
  | { kind: "bytes"; to: number }
  /** The file is not what it was. */
  | { kind: "changed" }
  /** Ranges do not work here. */
  | { kind: "unranged" }
  | Trouble;

export type Expected = {
  /** For messages. */
  address: string;
  file: RemoteFile;
  /** Null: the whole file. */
  range: { from: number; to: number } | null;
  acceptPages: boolean;
};

/** Reads status and headers of an answer to a request for bytes. Pure. */
export function readAnswer(response: SourceResponse, expected: Expected): Answer {
  const { statusCode, headers } = response;
  const { address, range, acceptPages } = expected;
  if (statusCode === 416) return { kind: "changed" };
  if (statusCode !== 200 && statusCode !== 206) return troubleOfStatus(response, address);
  if (isEncoded(headers, response.url))
    return refused("source_unreachable", `${address} sends an encoding nobody asked for`);
  if (isPage(headers) && !acceptPages) return refused("source_not_a_file", `${address} is a page`);
  if (!mayBeSame(expected.file, identityOf(response))) return { kind: "changed" };
  if (statusCode === 200) return readWhole(response, expected);
  return range === null
    ? refused("source_unreachable", `${address} answered 206 to no range`)
    : readPart(response, expected);
}

function readWhole({ headers }: SourceResponse, { file, range }: Expected): Answer {
  const length = numberOf(headerOf(headers, "content-length"));
  if (length !== null && file.total !== null && length !== file.total) return { kind: "changed" };
  return range === null ? { kind: "bytes", to: file.total ?? Number.POSITIVE_INFINITY } : { kind: "unranged" };
}

/** A shorter part than asked for is allowed, another one is not (RFC 9110 section 15.3.7). */
function readPart({ headers }: SourceResponse, { file, range }: Expected): Answer {
  const sent = contentRangeOf(headers);
  if (sent === null || range === null) return { kind: "unranged" };
  if (sent.total !== null && sent.total !== file.total) return { kind: "changed" };
  if (sent.from !== range.from || sent.to > range.to) return { kind: "unranged" };
  return { kind: "bytes", to: sent.to };
}
