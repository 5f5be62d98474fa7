import { z } from "zod";

/** Twenty random characters of Crockford's base 32 (100 bits) behind a prefix that names the kind. */
const id = <Prefix extends string>(prefix: Prefix) =>
  z.string().regex(new RegExp(`^${prefix}_[0-9a-hjkmnp-tv-z]{20}$`), `Must look like ${prefix}_ and 20 characters`);

export const JobId = id("job");
export const AgentId = id("agt");
export const UploadId = id("upl");
export const SessionId = id("ses");

export type JobId = z.infer<typeof JobId>;
export type AgentId = z.infer<typeof AgentId>;
export type UploadId = z.infer<typeof UploadId>;
export type SessionId = z.infer<typeof SessionId>;
export type IdPrefix = "job" | "agt" | "upl" | "ses" | "req";

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

/** A new id. `random` gives that many random bytes; 20 of them are used, five bits of each. */
export function newId(prefix: IdPrefix, random: (bytes: number) => Uint8Array): string {
  return `${prefix}_${Array.from(random(20), (byte) => ALPHABET[byte & 31]).join("")}`;
}

const INT64_MAX = 2n ** 63n - 1n;
export const MOD_ID_RULE = "a whole number from 1 to 9223372036854775807";

/** A mod's id as decimal text: a positive 64-bit integer without sign or leading zero. JSON numbers are unsafe above 2^53. */
export const ModId = z
  .string()
  // Without `abort` the refinement would also see what is no number, and BigInt would throw.
  .regex(/^[1-9][0-9]{0,18}$/, { error: `Must be ${MOD_ID_RULE}`, abort: true })
  .refine((text) => BigInt(text) <= INT64_MAX, `Must be ${MOD_ID_RULE}`);
export type ModId = z.infer<typeof ModId>;

/** SHA-256 in lower-case hexadecimal. */
export const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, "Must be a SHA-256 in 64 lower-case hexadecimal digits");
export type Sha256 = z.infer<typeof Sha256>;

/** The try of a job that a message belongs to. Every claim adds one; whatever names an older epoch changes nothing. */
export const Epoch = z.int().min(1).max(1_000_000);
export type Epoch = z.infer<typeof Epoch>;

/** A number of bytes. */
export const ByteCount = z.int().min(0);

/** `(job, epoch)`: what every message about work is idempotent on. */
export const JobRef = z.object({ job: JobId, epoch: Epoch });
export type JobRef = z.infer<typeof JobRef>;
