import { z } from "zod";
import { Unsupported } from "./agent-message.ts";
import { ByteCount, JobRef, SessionId } from "./ids.ts";
import { Source } from "./source.ts";

export const Challenge = z.object({
  type: z.literal("challenge"),
  /** 32 random bytes, base64url. */
  nonce: z.string().min(32).max(128),
  /** The origin the gateway knows itself by; the agent signs the origin it dialled, not this one. */
  gateway: z.string().max(256),
  protocol: z.tuple([z.int(), z.int()]),
});
export type Challenge = z.infer<typeof Challenge>;

/** Limits that the gateway pushes live: SteamCMD runs of this public address, and how many items one run may carry. */
export const Policy = z.object({
  slots: z.int().min(0),
  steamRuns: z.object({ burst: z.number().min(0), everyMs: z.number().min(0) }),
  itemsPerRun: z.int().min(1),
});
export type Policy = z.infer<typeof Policy>;

/** `keep` are held jobs whose epoch is still valid; `lost` ones the agent stops at once. */
export const Welcome = z.object({
  type: z.literal("welcome"),
  session: SessionId,
  protocol: z.int(),
  heartbeatMs: z.int().min(1),
  leaseMs: z.int().min(1),
  keep: z.array(JobRef),
  lost: z.array(JobRef),
  policy: Policy,
});
export type Welcome = z.infer<typeof Welcome>;

/** Already leased to you for 15 s. */
export const Offer = JobRef.extend({
  type: z.literal("offer"),
  source: Source,
  maxBytes: ByteCount,
  expectedBytes: ByteCount.optional(),
  deadlineMs: z.int().min(1),
  uploadToken: z.string().min(1).max(1_024),
});
export type Offer = z.infer<typeof Offer>;

/** Answer to `beat`; the revoked ones stop within 5 s, process tree included. */
export const Beaten = z.object({ type: z.literal("beaten"), revoked: z.array(JobRef) });

/** Final, forget it. */
export const Settled = JobRef.extend({ type: z.literal("settled") });

export const LostReason = z.enum(["stale", "unknown_job", "revoked", "deadline", "upload_missing", "upload_differs"]);
export type LostReason = z.infer<typeof LostReason>;

/** No longer yours, drop the work. */
export const Lost = JobRef.extend({ type: z.literal("lost"), why: LostReason });

/** Nobody wants it any more. */
export const Cancel = JobRef.extend({ type: z.literal("cancel") });

/** Stop taking; what runs may finish within the deadline. */
export const Drain = z.object({ type: z.literal("drain"), deadlineMs: z.int().min(0) });

export const PolicyPushed = z.object({ type: z.literal("policy"), policy: Policy });

/** Everything a gateway may say. Adding a variant is safe; changing one needs a new protocol version. */
export const GatewayMessage = z.discriminatedUnion("type", [
  Challenge,
  Welcome,
  Offer,
  Beaten,
  Settled,
  Lost,
  Cancel,
  Drain,
  PolicyPushed,
  Unsupported,
]);
export type GatewayMessage = z.infer<typeof GatewayMessage>;

/** Body of `POST /agent/v1/enrol`. The key is the raw 32 bytes of an Ed25519 public key, base64url without padding. */
export const Enrol = z.object({
  invite: z.string().min(1).max(256).optional(),
  name: z.string().trim().min(1).max(64),
  publicKey: z.string().regex(/^[A-Za-z0-9_-]{43}$/, "Must be 32 bytes in base64url"),
});
export type Enrol = z.infer<typeof Enrol>;
