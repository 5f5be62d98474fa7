import { partCount, type UploadId, type UploadPlan } from "@modfleet/protocol";
import type { Deps } from "../deps.ts";
import { AppError } from "../domain/errors.ts";
import type { UploadClaims } from "../domain/upload-token.ts";
import { noUpload, uploadOf } from "./upload-access.ts";
import { uploadPlan } from "./upload-plan.ts";

const LISTED_MAX = 50;

/** Closes an upload once every part is durable; repeating it is harmless. Errors: not_found, conflict with what is missing. */
export async function completeUpload(
  deps: Pick<Deps, "uploads">,
  input: { claims: UploadClaims; upload: UploadId },
): Promise<UploadPlan> {
  const upload = await uploadOf(deps, input.claims, input.upload);
  if (upload.state === "open") {
    const stored = await deps.uploads.storedParts(upload.id);
    const all = Array.from({ length: partCount(upload.bytes, upload.partBytes) }, (_, index) => index + 1);
    const missing = all.filter((n) => !stored.has(n));
    if (missing.length > 0) throw incomplete(missing);
    // Refused only when a part is being replaced or the upload removed at this very moment.
    if (!(await deps.uploads.completeWhole(upload.id))) throw noUpload(upload.id);
  }
  return uploadPlan(deps, { ...upload, state: "complete" });
}

function incomplete(missing: readonly number[]): AppError {
  const listed = missing.slice(0, LISTED_MAX).map(String);
  const more = missing.length > LISTED_MAX ? ` and ${missing.length - LISTED_MAX} more` : "";
  return new AppError("conflict", `Parts are missing: ${listed.join(", ")}${more}`, {
    fields: [{ field: "parts", rule: "Must be stored before the upload is complete", allowed: listed }],
  });
}
