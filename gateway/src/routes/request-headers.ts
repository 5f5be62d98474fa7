import { z } from "@hono/zod-openapi";

const optional = (description: string, example: string) => z.string().optional().openapi({ description, example });

/** The conditions of RFC 9110 that a file knows; what is not understood is as if it were not there. */
export const Conditions = z.object({
  "if-none-match": optional("ETag of what you have: 304 when it is still the same", '"3Jx1bM0xkmZ5l9u2"'),
  "if-match": optional("ETag of what you expect: 412 when it is another", '"3Jx1bM0xkmZ5l9u2"'),
});

/** The same for a file that is also sent in part. */
export const Ranges = Conditions.extend({
  range: optional("The bytes you want", "bytes=65536-"),
  "if-range": optional("ETag of what you have part of: all of it comes when it is another", '"3Jx1bM0xkmZ5l9u2"'),
});
