import { z } from "zod";
import { FailureReport } from "./failure.ts";
import { AgentId, ByteCount, Epoch, JobId, JobRef, Sha256, UploadId } from "./ids.ts";
import { LIMITS } from "./limits.ts";
import { SourceKind } from "./source.ts";

/** How far a leased job is. `offered` lasts until the agent accepts. */
export const Stage = z.enum(["offered", "downloading", "packing", "uploading"]);
export type Stage = z.infer<typeof Stage>;

/** One running job as its agent sees it. `total` is null while unknown. */
export const Progress = z.object({
  job: JobId,
  epoch: Epoch,
  stage: Stage,
  bytes: ByteCount,
  total: ByteCount.nullable(),
});
export type Progress = z.infer<typeof Progress>;

const Slots = z.int().min(0).max(LIMITS.slotsMax);

/** First words after `challenge`. Loose, also inside: the signature covers unknown fields as well. */
export const Hello = z.looseObject({
  type: z.literal("hello"),
  agent: AgentId,
  protocol: z.tuple([z.int(), z.int()]),
  version: z.string().max(64),
  platform: z.string().max(64),
  engines: z.array(SourceKind),
  slots: Slots.min(1),
  freeBytes: ByteCount,
  held: z.array(Progress.loose()).max(64),
  /** Ed25519 over `helloProof`, base64url without padding. */
  signature: z.string().regex(/^[A-Za-z0-9_-]{86}$/),
});
export type Hello = z.infer<typeof Hello>;

/** Free slots now: absolute, the last one wins. Push with credits, never more offers open than slots. */
export const Ready = z.object({ type: z.literal("ready"), slots: Slots, freeBytes: ByteCount });

export const Accept = JobRef.extend({ type: z.literal("accept") });

/** Not now, no blame. `reason` is for the log and for choosing another agent. */
export const Decline = JobRef.extend({
  type: z.literal("decline"),
  reason: z.enum([
    "busy",
    "draining",
    "paused",
    "disk",
    "month_limit",
    "hours",
    "game_not_allowed",
    "unsupported_source",
  ]),
});

/** Liveness, renewal of all leases and progress in one frame. */
export const Beat = z.object({ type: z.literal("beat"), leases: z.array(Progress).max(64), freeBytes: ByteCount });

/**
 * What the tool said about what it fetched. `manifest` is the version key where it is known: Steam's depot manifest id, an ETag, a
 * torrent's info-hash. `name` is what the source calls it, where it has a name: a file's, a torrent's.
 */
export const Fetched = z.object({
  tool: z.string().max(128),
  manifest: z.string().max(64).nullable(),
  name: z.string().min(1).max(255).optional(),
});
export type Fetched = z.infer<typeof Fetched>;

/** Uploaded completely; resent after every reconnect until `settled` or `lost`. */
export const Finished = JobRef.extend({
  type: z.literal("finished"),
  upload: UploadId,
  sha256: Sha256,
  bytes: ByteCount.min(1),
  tree: Sha256,
  fetched: Fetched,
});
export type Finished = z.infer<typeof Finished>;

/** Cannot finish; also resent until answered. */
export const Failed = JobRef.extend({ type: z.literal("failed"), failure: FailureReport });
export type Failed = z.infer<typeof Failed>;

/** Takes no more; finishes or hands back what it holds. */
export const Draining = z.object({ type: z.literal("draining") });

/** Answer to a message type this side does not know. It never closes the link. */
export const Unsupported = z.object({ type: z.literal("unsupported"), what: z.string().max(64) });

/** Everything an agent may say. Adding a variant is safe; changing one needs a new protocol version. */
export const AgentMessage = z.discriminatedUnion("type", [
  Hello,
  Ready,
  Accept,
  Decline,
  Beat,
  Finished,
  Failed,
  Draining,
  Unsupported,
]);
export type AgentMessage = z.infer<typeof AgentMessage>;
