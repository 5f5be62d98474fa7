import type { Deps } from "../deps.ts";
import type { Version } from "../domain/catalogue.ts";

/** Whether a published version's bytes are gone or cut short, so that it has to be fetched again. */
export async function isDamaged({ blobs }: Pick<Deps, "blobs">, version: Version | null): Promise<boolean> {
  return version !== null && (await blobs.size(version.archive.sha256)) !== version.archive.bytes;
}
