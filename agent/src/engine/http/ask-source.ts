import type { Dispatcher } from "undici";
import type { HttpLimits } from "../options.ts";
import { contentRangeOf, isEncoded, isPage, unsatisfiedTotalOf } from "./headers.ts";
import type { HostSeats } from "./host-seats.ts";
import { openSource, type SourceResponse } from "./open-source.ts";
import { type RemoteFile, toRemoteFile } from "./remote-file.ts";
import { refused, type Trouble, troubleOfError, troubleOfStatus } from "./trouble.ts";

/** What every request of a download shares. */
export type Reach = {
  agent: Dispatcher;
  allowPrivate: boolean;
  limits: HttpLimits;
  seats: HostSeats;
};

export type Question = {
  url: string;
  fallbackName: string;
  /** Takes web pages for files, too. */
  acceptPages: boolean;
  /** A HEAD that was wrong once is not asked again. */
  skipHead: boolean;
};

export type Asked = { kind: "file"; file: RemoteFile } | Trouble;

/**
 * Asks what lies at an address without fetching it: HEAD, and where that fails or says too little, the first byte. Whether it can
 * be split is settled by a 206 only.
 */
export async function askSource(question: Question, reach: Reach, signal: AbortSignal): Promise<Asked> {
  const seat = await reach.seats.take(new URL(question.url).host, reach.limits.hostConnectionsMax, signal);
  const ask = async (method: "GET" | "HEAD", headers: Record<string, string>, until: AbortSignal) => {
    const response = await openSource(question.url, { ...reach, method, headers, seat, signal: until });
    // One byte was asked for; whoever sends the whole file instead is hung up on.
    await response.body.dump({ limit: 1_024, signal: until }).catch(() => undefined);
    return response;
  };
  try {
    if (!question.skipHead) {
      const soon = AbortSignal.any([signal, AbortSignal.timeout(reach.limits.headMs)]);
      const answer = await ask("HEAD", { "want-repr-digest": "sha-256=1" }, soon).catch(toTrouble(question));
      const asked = readHead(answer, question);
      if (asked !== null) return asked;
    }
    return readFirstByte(await ask("GET", { range: "bytes=0-0" }, signal), question);
  } catch (error) {
    signal.throwIfAborted();
    return troubleOfError(error, question.url);
  } finally {
    seat.leave();
  }
}

const toTrouble =
  ({ url }: Question) =>
  (error: unknown): Trouble =>
    troubleOfError(error, url);

/** Null where the answer cannot be relied on. */
function readHead(answer: SourceResponse | Trouble, { url, fallbackName, acceptPages }: Question): Asked | null {
  if ("kind" in answer) return answer.kind === "refused" ? answer : null;
  const { statusCode, headers } = answer;
  if (statusCode === 429 || statusCode === 503) return troubleOfStatus(answer, url);
  if (statusCode !== 200 || isEncoded(headers, answer.url) || (isPage(headers) && !acceptPages)) return null;
  const file = toRemoteFile(answer, fallbackName);
  // No length and a length of 0 are both what servers say that do not count for HEAD.
  return file.total === null || file.total === 0 ? null : { kind: "file", file };
}

function readFirstByte(response: SourceResponse, { url, fallbackName, acceptPages }: Question): Asked {
  const { statusCode, headers } = response;
  const isEmpty = statusCode === 416 && unsatisfiedTotalOf(headers) === 0;
  if (statusCode !== 200 && statusCode !== 206 && !isEmpty) return troubleOfStatus(response, url);
  if (isEncoded(headers, response.url))
    return refused("source_unreachable", `${url} sends an encoding nobody asked for`);
  if (isPage(headers) && !acceptPages) return refused("source_not_a_file", `${url} is a page`);
  const file = toRemoteFile(response, fallbackName);
  const range = contentRangeOf(headers);
  const isMatching = statusCode === 206 && range?.from === 0 && range.to === 1;
  return { kind: "file", file: isMatching ? file : { ...file, ranges: false } };
}
