import { z } from "@hono/zod-openapi";
import { JobId as AnyJobId, ModId as AnyModId, MOD_ID_RULE } from "@modfleet/protocol";
import { PAGE_LIMIT_MAX } from "../domain/page.ts";

/** Fields that several routes share, with their limits: clients read them in the document. */

// Piped, because a schema that was made before this package extended zod cannot say anything about itself.
export const ModId = z
  .string()
  .pipe(AnyModId)
  .openapi({ pattern: "^[1-9][0-9]{0,18}$", example: "2925604173", description: MOD_ID_RULE });
export const JobId = z.string().pipe(AnyJobId).openapi({ example: "job_0123456789abcdefghjk", description: "A job" });
export const VersionKey = z
  .string()
  .min(1)
  .max(256)
  .openapi({ example: "7382051923482930174", description: "A version's key, opaque" });

/** A whole number in a query. */
export function whole(min: number, max: number) {
  const rule = `Must be a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,16}$/, rule)
    .transform(Number)
    .refine((value) => value >= min && value <= max, rule)
    .openapi({ type: "integer", minimum: min, maximum: max });
}

export const Limit = whole(1, PAGE_LIMIT_MAX).optional().openapi({ description: "Most items of a page" });

/** Where the last page ended; opaque. */
export const CursorText = z
  .string()
  .min(1)
  .max(4_096)
  .optional()
  .openapi({ description: "`next` of the page before; opaque" });

export const Flag = z.enum(["0", "1"]).optional();

/** A point in time: ISO-8601 with an offset, in answers always `Z`. */
export const Time = z.iso.datetime().openapi({ example: "2026-11-20T15:30:00.000Z" });

/** Null beside a schema that has a name: `nullable()` would lose the null where the document refers to the name. */
export function orNull<Schema extends z.ZodType>(schema: Schema): z.ZodUnion<[Schema, z.ZodNull]> {
  return z.union([schema, z.null()]);
}

/** Milliseconds UTC as ISO-8601 with `Z`. */
export function toTime(ms: number): string {
  return new Date(ms).toISOString();
}

/** The same for what may not have happened yet. */
export function toTimeOrNull(ms: number | null): string | null {
  return ms === null ? null : toTime(ms);
}
