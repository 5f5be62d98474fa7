import { type OpenUpload, UploadId, type UploadPlan } from "@modfleet/protocol";
import type { Deps } from "../deps.ts";
import { AppError } from "../domain/errors.ts";
import type { UploadClaims } from "../domain/upload-token.ts";
import type { Upload } from "../store/uploads.ts";
import { diskFull } from "./upload-access.ts";
import { uploadPlan } from "./upload-plan.ts";

type OpenDeps = Pick<Deps, "uploads" | "blobs" | "limits" | "now" | "newId">;
type Input = OpenUpload & { claims: UploadClaims };

/**
 * Makes room for an archive and says how to send it. Repeats give the same upload with what is still missing. Content
 * that is stored already is complete at once. Errors: body_too_large, unprocessable, disk_full.
 */
export async function openUpload(deps: OpenDeps, { claims, bytes, sha256 }: Input): Promise<UploadPlan> {
  if (bytes > claims.maxBytes) {
    throw new AppError("body_too_large", `This job allows archives of at most ${claims.maxBytes} bytes`);
  }
  const known = await deps.uploads.findFor({ ...claims, sha256 });
  if (known !== null && known.bytes !== bytes) throw otherSize(known.bytes);
  const upload = known ?? newUpload(deps, { claims, bytes, sha256 });

  const stored = await deps.blobs.size(sha256);
  if (stored !== null) return adoptBlob(deps, upload, stored);
  await dropOthers(deps, upload);
  await makeRoom(deps, upload, known !== null);
  return uploadPlan(deps, await deps.uploads.insertOrFind(upload));
}

function newUpload(deps: OpenDeps, { claims, bytes, sha256 }: Input): Upload {
  return {
    id: UploadId.parse(deps.newId("upl")),
    job: claims.job,
    epoch: claims.epoch,
    agent: claims.agent,
    bytes,
    sha256,
    partBytes: deps.limits.partBytes,
    state: "open",
    createdAt: deps.now(),
  };
}

/** Nothing has to be sent: the blob of that content stands in for the upload's own file. */
async function adoptBlob(deps: OpenDeps, upload: Upload, blobBytes: number): Promise<UploadPlan> {
  if (blobBytes !== upload.bytes) throw otherSize(blobBytes);
  const { id } = await deps.uploads.insertOrFind(upload);
  await deps.uploads.complete(id);
  await deps.blobs.discard(id);
  return uploadPlan(deps, { ...upload, id, state: "complete" });
}

/** One try has one archive: an agent that packed anew gives up the room of what it sent before. */
async function dropOthers({ uploads, blobs }: OpenDeps, upload: Upload): Promise<void> {
  for (const id of await uploads.othersOf(upload)) {
    await uploads.remove(id);
    await blobs.discard(id);
  }
}

/** The file comes before the row: a row always has its room. A file that was lost and made anew has no parts any more. */
async function makeRoom({ uploads, blobs }: OpenDeps, { id, bytes }: Upload, isKnown: boolean): Promise<void> {
  const made = await blobs.createUpload(id, bytes);
  if (made === "disk_full") throw diskFull({ upload: id, bytes });
  if (made === "created" && isKnown) await uploads.reopen(id);
}

function otherSize(bytes: number): AppError {
  return new AppError("unprocessable", `An archive with this SHA-256 has ${bytes} bytes`, {
    fields: [{ field: "bytes", rule: "Must be the size of the file with this SHA-256" }],
  });
}
