import { createHash } from "node:crypto";
import type { Deps } from "../deps.ts";

export type Invite = { token: string; expiresAt: number };

/** Makes an enrolment token for `uses` agents, valid for `ttlMs`. It is returned once; only its SHA-256 is stored. */
export async function createInvite(
  { agents, now, randomBytes }: Pick<Deps, "agents" | "now" | "randomBytes">,
  { uses, ttlMs }: { uses: number; ttlMs: number },
): Promise<Invite> {
  const token = `inv_${Buffer.from(randomBytes(24)).toString("base64url")}`;
  const createdAt = now();
  const expiresAt = createdAt + ttlMs;
  await agents.addInvite({ hash: hashInvite(token), uses, createdAt, expiresAt });
  return { token, expiresAt };
}

/** What the database knows a token by: SHA-256 in hexadecimal. */
export function hashInvite(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}
