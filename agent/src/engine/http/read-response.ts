import type { FailureReport } from "@modfleet/protocol";
import { fileNameFor } from "./file-name.ts";
import { headerOf, type SourceResponse } from "./open-source.ts";
import type { Mark } from "./partial.ts";

/** What the head of an answer says to do with its body. */
export type Reading =
  /** The bytes from `from` on follow. */
  | { kind: "body"; from: number; mark: Mark }
  /** What lies here does not fit the source any more. */
  | { kind: "restart" }
  | { kind: "complete" }
  | { kind: "try_again"; failure: FailureReport }
  | { kind: "failed"; failure: FailureReport };

export type Asked = { url: string; fallbackName: string; maxBytes: number; have: number; mark: Mark | null };

/** Reads status and headers. Pure. */
export function readResponse(response: SourceResponse, asked: Asked): Reading {
  const { statusCode } = response;
  if (statusCode === 200) return readWhole(response, asked);
  if (statusCode === 206) return readPart(response, asked);
  if (statusCode === 416)
    return asked.have > 0 && asked.have === asked.mark?.total ? { kind: "complete" } : { kind: "restart" };
  const detail = `${asked.url} answered ${statusCode}`;
  if (statusCode === 404 || statusCode === 410)
    return { kind: "failed", failure: { code: "source_not_found", detail } };
  if (statusCode === 429) return { kind: "failed", failure: rateLimited(response, detail) };
  const failure: FailureReport = { code: "source_unreachable", detail };
  return statusCode >= 500 ? { kind: "try_again", failure } : { kind: "failed", failure };
}

function readWhole(response: SourceResponse, asked: Asked): Reading {
  const disposition = headerOf(response.headers, "content-disposition") ?? "";
  const type = headerOf(response.headers, "content-type") ?? "";
  if (/^\s*(text\/html|application\/xhtml)/i.test(type) && !/^\s*attachment/i.test(disposition)) {
    return { kind: "failed", failure: { code: "source_not_a_file", detail: `${asked.url} is a page (${type})` } };
  }
  const total = numberOf(headerOf(response.headers, "content-length"));
  if (total !== null && total > asked.maxBytes) return tooLarge(total, asked);
  return {
    kind: "body",
    from: 0,
    mark: {
      url: asked.url,
      validator: validatorOf(response),
      total,
      name: fileNameFor(disposition, response.url, asked.fallbackName),
    },
  };
}

function readPart(response: SourceResponse, { have, mark, ...asked }: Asked): Reading {
  const [, start, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headerOf(response.headers, "content-range") ?? "") ?? [];
  if (mark === null || Number(start) !== have) return { kind: "restart" };
  const size = total === "*" ? mark.total : numberOf(total ?? null);
  if (size !== mark.total) return { kind: "restart" };
  if (size !== null && size > asked.maxBytes) return tooLarge(size, asked);
  return { kind: "body", from: have, mark };
}

const tooLarge = (total: number, { url, maxBytes }: Pick<Asked, "url" | "maxBytes">): Reading => ({
  kind: "failed",
  failure: { code: "too_large", detail: `${url} has ${total} bytes, more than ${maxBytes}` },
});

/** "A client MUST NOT generate an If-Range header field containing an entity tag that is marked as weak" (RFC 9110). */
function validatorOf({ headers }: SourceResponse): string | null {
  const etag = headerOf(headers, "etag");
  return etag !== null && !etag.startsWith("W/") ? etag : headerOf(headers, "last-modified");
}

const numberOf = (text: string | null): number | null =>
  text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null;

const MINUTE = 60_000;

function rateLimited({ headers }: SourceResponse, detail: string): FailureReport {
  const seconds = numberOf(headerOf(headers, "retry-after")) ?? 0;
  return {
    code: "rate_limited",
    detail,
    retryAfterMs: Math.min(24 * 60 * MINUTE, Math.max(30 * MINUTE, seconds * 1_000)),
  };
}
