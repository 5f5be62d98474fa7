import { partCount, type UploadPlan } from "@modfleet/protocol";
import type { Deps } from "../deps.ts";
import type { Upload } from "../store/uploads.ts";

/** What is still missing of an upload. Part addresses are relative to the gateway's origin. */
export async function uploadPlan({ uploads }: Pick<Deps, "uploads">, upload: Upload): Promise<UploadPlan> {
  const { id, partBytes } = upload;
  if (upload.state === "complete") return { upload: id, complete: true, partBytes, parts: [] };
  const stored = await uploads.storedParts(id);
  const parts = Array.from({ length: partCount(upload.bytes, partBytes) }, (_, index) => ({
    n: index + 1,
    url: `/agent/v1/uploads/${id}/parts/${index + 1}`,
    done: stored.has(index + 1),
  }));
  return { upload: id, complete: false, partBytes, parts };
}
