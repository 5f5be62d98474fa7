import { type PartRange, partCount, partRange, type Sha256, type UploadId } from "@modfleet/protocol";
import type { PartOutcome } from "../blobs/blob-store.ts";
import type { Turns } from "../blobs/turns.ts";
import type { Deps } from "../deps.ts";
import { AppError } from "../domain/errors.ts";
import type { UploadClaims } from "../domain/upload-token.ts";
import type { Upload } from "../store/uploads.ts";
import { acceptOffer } from "./accept-offer.ts";
import { diskFull, noUpload, staleEpoch, uploadOf } from "./upload-access.ts";

type StoreDeps = Pick<Deps, "jobs" | "uploads" | "blobs" | "limits" | "now" | "bells"> & { turns: Turns };

type Input = {
  claims: UploadClaims;
  upload: UploadId;
  n: number;
  sha256: Sha256;
  /** What the sender says the body holds; null where it does not say. */
  contentLength: number | null;
  body: AsyncIterable<Uint8Array>;
  signal: AbortSignal;
};

/**
 * Takes one part. When this resolves, bytes and row are durable and the lease is renewed (upload progress is life). Parts
 * come in any order, at once and repeatedly. Errors: not_found, bad_request, unprocessable, conflict, stale_epoch, disk_full.
 */
export async function storePart(deps: StoreDeps, input: Input): Promise<void> {
  const { claims, n } = input;
  const upload = await uploadOf(deps, claims, input.upload);
  const range = partRange(n, upload.bytes, upload.partBytes);
  if (range === null) throw noPart(upload);
  if (input.contentLength !== null && input.contentLength !== range.bytes) throw wrongLength(range);

  await deps.turns(`${upload.id}/${n}`, (superseded) =>
    storeInTurn(deps, { ...input, signal: AbortSignal.any([input.signal, superseded]) }, range),
  );
  if (!(await renewed(deps, claims))) throw staleEpoch(claims);
}

/** A part that outran its `accept` counts as one: the link may be busy with an earlier word of the agent. */
async function renewed(deps: StoreDeps, { job, epoch, agent }: UploadClaims): Promise<boolean> {
  const until = deps.now() + deps.limits.leaseMs;
  return (await deps.jobs.renew(job, epoch, agent, until)) || (await acceptOffer(deps, { job, epoch, agent }));
}

/**
 * An acknowledged part is never written over while its row stands: the row goes first, or the bytes stay. Without the row
 * the upload cannot be completed, so nobody verifies a file that is being written to.
 */
async function storeInTurn(deps: StoreDeps, input: Input, range: PartRange): Promise<void> {
  const { n, sha256, body, signal } = input;
  const upload = await uploadOf(deps, input.claims, input.upload);
  const stored = (await deps.uploads.storedParts(upload.id)).get(n);
  if (stored === sha256) return;
  const isClosed =
    upload.state === "complete" || (stored !== undefined && !(await deps.uploads.forgetPart(upload.id, n)));
  if (isClosed) throw new AppError("conflict", "This upload is complete");

  const outcome = await deps.blobs.writePart(upload.id, range, { sha256, body, signal });
  if (outcome !== "stored") throw toError(outcome, upload, range);
  if (!(await deps.uploads.addPart(upload.id, n, sha256))) throw noUpload(upload.id);
}

function toError(outcome: Exclude<PartOutcome, "stored">, upload: Upload, range: PartRange): AppError {
  switch (outcome) {
    case "hash_differs":
      return new AppError("unprocessable", `Part ${range.n} does not match its SHA-256: send it again`, {
        fields: [{ field: "x-part-sha256", rule: "Must be the SHA-256 of the body" }],
      });
    case "wrong_length":
      return wrongLength(range);
    case "disk_full":
      return diskFull({ upload: upload.id, n: range.n });
    case "interrupted":
      return new AppError("conflict", `Part ${range.n} broke off or was sent again meanwhile`);
    case "gone":
      return noUpload(upload.id);
  }
}

function wrongLength({ n, bytes }: PartRange): AppError {
  return new AppError("bad_request", `Part ${n} has ${bytes} bytes`, {
    fields: [{ field: "content-length", rule: "Must be the length of the part", allowed: [String(bytes)] }],
  });
}

function noPart(upload: Upload): AppError {
  const last = partCount(upload.bytes, upload.partBytes);
  return new AppError("not_found", `This upload has the parts 1 to ${last}`, { detail: { upload: upload.id } });
}
