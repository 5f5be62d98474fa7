import type { z } from "@hono/zod-openapi";

/** Pieces of the contract that many routes share: what their answers carry beside the body. */

type HeaderDoc = {
  description: string;
  /** Whether the answer always has it. */
  required: boolean;
  schema: { type: "string" | "integer"; minimum?: number };
  example: string | number;
};
const text = (description: string, example: string): HeaderDoc => ({
  description,
  required: true,
  schema: { type: "string" },
  example,
});

export const HEADERS = {
  etag: {
    ETag: text("Names exactly these bytes; for `If-None-Match`, `If-Match` and `If-Range`", '"3Jx1bM0xkmZ5l9u2"'),
  },
  caching: { "Cache-Control": text("How long it may be kept without asking again", "public, no-cache") },
  location: { Location: text("The job: `/api/jobs/{id}`", "/api/jobs/job_0123456789abcdefghjk") },
  retryAfter: {
    "Retry-After": {
      description: "Seconds until asking again makes sense",
      required: true,
      schema: { type: "integer", minimum: 1 },
      example: 5,
    },
  },
  maybeRetryAfter: {
    "Retry-After": {
      description: "Seconds until asking again makes sense; absent where it never does",
      required: false,
      schema: { type: "integer", minimum: 1 },
      example: 3_600,
    },
  },
  link: { Link: text("The job that failed", '</api/jobs/job_0123456789abcdefghjk>; rel="describedby"') },
  contentLocation: { "Content-Location": text("Where this mod is read", "/api/mods/2925604173") },
  streamed: { "Cache-Control": text("Never kept", "no-cache") },
  entry: {
    ETag: text("SHA-256 of the file", '"e1470f6a0d4f6ad1"'),
    "Cache-Control": text("What is published never changes", "public, max-age=31536000, immutable"),
    "Content-Disposition": text("A file name", 'attachment; filename="About.xml"'),
  },
  part: { "Content-Range": text("Which bytes these are, of how many", "bytes 1000-1999/131436") },
  archive: {
    "Accept-Ranges": text("Parts can be asked for", "bytes"),
    "Content-Disposition": text("A file name", 'attachment; filename="Harmony.zip"'),
    "Repr-Digest": {
      ...text(
        "SHA-256 of the whole archive (RFC 9530); absent while nobody knows it",
        "sha-256=:4UcPag1PatHC8aDzt9j0o8XiudanCBkbLD1OX2BxgpM=:",
      ),
      required: false,
    },
    "Last-Modified": { ...text("When this archive was published", "Fri, 20 Nov 2026 15:30:00 GMT"), required: false },
  },
} as const satisfies Record<string, Record<string, HeaderDoc>>;

/** The same headers where an answer may come without them. */
export function sometimes(headers: Readonly<Record<string, HeaderDoc>>): Record<string, HeaderDoc> {
  return Object.fromEntries(Object.entries(headers).map(([name, header]) => [name, { ...header, required: false }]));
}

const fresh = { ...HEADERS.etag, ...HEADERS.caching };

/** A read that knows who has it already. */
export function readable<Schema extends z.ZodType>(description: string, schema: Schema) {
  return {
    200: { description, headers: fresh, content: { "application/json": { schema } } },
    304: { description: "You have it already", headers: fresh },
  } as const;
}

/** A JSON answer that is made anew each time. */
export function json<Schema extends z.ZodType>(schema: Schema) {
  return { "application/json": { schema } } as const;
}

/** The bytes of a file, whole, in part, or not at all because the client has them. */
export function downloadable<Schema extends z.ZodType>(description: string, schema: Schema) {
  const content = { "application/zip": { schema } } as const;
  const headers = { ...fresh, ...HEADERS.archive };
  return {
    200: { description, headers, content },
    206: { description: "The part that Range asked for", headers: { ...headers, ...HEADERS.part }, content },
    304: { description: "You have it already", headers: fresh },
  } as const;
}
