import type { UploadId } from "@modfleet/protocol";
import type { Deps } from "../deps.ts";
import { AppError } from "../domain/errors.ts";
import { readUploadToken, type UploadClaims } from "../domain/upload-token.ts";
import type { Upload } from "../store/uploads.ts";

/** The claims of a token that is signed, in time and of the epoch that holds the job now; 401 or 410 otherwise. */
export async function claimsOf(
  { jobs, now, uploadSecret }: Pick<Deps, "jobs" | "now" | "uploadSecret">,
  token: string,
): Promise<UploadClaims> {
  const read = readUploadToken(uploadSecret, token, now());
  if (!read.ok) {
    const message = read.reason === "expired" ? "The upload token has expired" : "The upload token is not valid";
    throw new AppError("unauthorized", message, { detail: { reason: read.reason } });
  }
  const { job, epoch, agent } = read.claims;
  if (!(await jobs.holds(job, epoch, agent))) throw staleEpoch(read.claims);
  return read.claims;
}

/** The upload, if it belongs to this very try; a stranger's upload looks like none. */
export async function uploadOf(
  { uploads }: Pick<Deps, "uploads">,
  claims: UploadClaims,
  id: UploadId,
): Promise<Upload> {
  const upload = await uploads.find(id);
  const { job, epoch, agent } = claims;
  if (upload === null || upload.job !== job || upload.epoch !== epoch || upload.agent !== agent) throw noUpload(id);
  return upload;
}

export function noUpload(id: UploadId): AppError {
  return new AppError("not_found", `No upload ${id}: open it again`);
}

export function staleEpoch({ job, epoch, agent }: UploadClaims): AppError {
  return new AppError("stale_epoch", "The job was taken away from this agent: drop the work", {
    detail: { job, epoch, agent },
  });
}

export function diskFull(detail: Record<string, unknown>): AppError {
  return new AppError("disk_full", "The library has no room for this archive", { detail, retryAfterSeconds: 600 });
}
