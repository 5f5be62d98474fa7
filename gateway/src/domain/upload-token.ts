import { createHmac, timingSafeEqual } from "node:crypto";
import { AgentId, ByteCount, Epoch, JobId } from "@modfleet/protocol";
import { z } from "zod";

/** What an upload token allows: `agent` may upload up to `maxBytes` bytes for this try of this job. */
export const UploadClaims = z.object({
  job: JobId,
  epoch: Epoch,
  agent: AgentId,
  maxBytes: ByteCount,
  /** Milliseconds UTC of the gateway's clock. */
  expiresAt: z.int(),
});
export type UploadClaims = z.infer<typeof UploadClaims>;

export type TokenRead =
  | { ok: true; claims: UploadClaims }
  | { ok: false; reason: "malformed" | "bad_signature" | "expired" };

/** Separates these signatures from any other use of the same secret. */
const LABEL = "modfleet upload token v1\n";

/** A bearer token: the claims in base64url, a dot, their HMAC-SHA-256 in base64url. At most 1,024 characters. */
export function signUploadToken(secret: Uint8Array, claims: UploadClaims): string {
  const { job, epoch, agent, maxBytes, expiresAt } = claims;
  const body = Buffer.from(JSON.stringify([job, epoch, agent, maxBytes, expiresAt])).toString("base64url");
  return `${body}.${signature(secret, body).toString("base64url")}`;
}

/** Reads a token. The signature is compared in constant time, before anything inside is looked at. */
export function readUploadToken(secret: Uint8Array, token: string, now: number): TokenRead {
  const match = /^([A-Za-z0-9_-]{1,900})\.([A-Za-z0-9_-]{43})$/.exec(token);
  const [, body, signed] = match ?? [];
  if (body === undefined || signed === undefined) return { ok: false, reason: "malformed" };
  if (!timingSafeEqual(signature(secret, body), Buffer.from(signed, "base64url"))) {
    return { ok: false, reason: "bad_signature" };
  }
  const claims = parseClaims(body);
  if (claims === null) return { ok: false, reason: "malformed" };
  return claims.expiresAt <= now ? { ok: false, reason: "expired" } : { ok: true, claims };
}

function signature(secret: Uint8Array, body: string): Buffer {
  return createHmac("sha256", secret).update(LABEL).update(body).digest();
}

const Packed = z
  .tuple([z.unknown(), z.unknown(), z.unknown(), z.unknown(), z.unknown()])
  .transform(([job, epoch, agent, maxBytes, expiresAt]) => ({ job, epoch, agent, maxBytes, expiresAt }))
  .pipe(UploadClaims);

/** Null only for tokens that an older version of ours signed. */
function parseClaims(body: string): UploadClaims | null {
  try {
    return Packed.safeParse(JSON.parse(Buffer.from(body, "base64url").toString("utf8"))).data ?? null;
  } catch {
    return null;
  }
}
