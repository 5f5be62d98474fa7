import { ByteCount, FailureReport, Fetched, JobRef, type Progress, Sha256, Source, UploadId } from "@modfleet/protocol";
import { z } from "zod";

const Packed = z.object({ bytes: ByteCount, sha256: Sha256, tree: Sha256 });
export type Packed = z.infer<typeof Packed>;

const order = {
  ...JobRef.shape,
  source: Source,
  maxBytes: ByteCount,
  expectedBytes: ByteCount.nullable(),
  /** Milliseconds UTC of this machine's clock. */
  deadlineAt: z.number(),
  token: z.string(),
};
/** `root` is the content's folder relative to the job's. */
const fetchedPart = { root: z.string(), fetched: Fetched };
const packedPart = { fetched: Fetched, packed: Packed };

/** A job this agent answers for, as the journal keeps it: `stage` says what is done already and must not be done again. */
export const Held = z.discriminatedUnion("stage", [
  z.object({ ...order, stage: z.literal("downloading") }),
  z.object({ ...order, stage: z.literal("packing"), ...fetchedPart }),
  z.object({ ...order, stage: z.literal("uploading"), ...packedPart }),
  z.object({ ...order, stage: z.literal("finished"), ...packedPart, upload: UploadId }),
  z.object({ ...order, stage: z.literal("failed"), failure: FailureReport }),
]);
export type Held = z.infer<typeof Held>;
export type Reported = Extract<Held, { stage: "finished" | "failed" }>;
export type Unreported = Exclude<Held, Reported>;

/** What every stage of one job shares. */
export type Order = Omit<Extract<Held, { stage: "downloading" }>, "stage">;

/** The order of `held`, without what its stage added. */
export function orderOf(held: Held): Order {
  const { job, epoch, source, maxBytes, expectedBytes, deadlineAt, token } = held;
  return { job, epoch, source, maxBytes, expectedBytes, deadlineAt, token };
}

export function isReported(held: Held): held is Reported {
  return held.stage === "finished" || held.stage === "failed";
}

export function isSame(a: JobRef, b: JobRef): boolean {
  return a.job === b.job && a.epoch === b.epoch;
}

export const refOf = ({ job, epoch }: JobRef): JobRef => ({ job, epoch });

/** The wire has no stage after `uploading`: what is reported but not settled still counts as that. */
export function progressOf(held: Held, { bytes, total }: { bytes: number; total: number | null }): Progress {
  const { job, epoch } = held;
  if (!isReported(held)) return { job, epoch, stage: held.stage, bytes, total };
  const size = held.stage === "finished" ? held.packed.bytes : bytes;
  return { job, epoch, stage: "uploading", bytes: size, total: held.stage === "finished" ? size : total };
}
