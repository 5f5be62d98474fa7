import { outsideFile } from "../blobs/outside-file.ts";
import type { Deps } from "../deps.ts";
import type { Mod, Version } from "../domain/catalogue.ts";
import { isDamaged } from "./is-damaged.ts";

/** Bytes that can be sent now: those of a published version, or an archive taken over that nobody checked yet. */
export type HeldArchive =
  | { kind: "version"; version: Version }
  /** `modifiedAt` and `tag` are the file's, as it is now; `sourceUpdatedAt` is the time of these bytes at the source. */
  | { kind: "imported"; path: string; bytes: number; modifiedAt: number; tag: string; sourceUpdatedAt: number };

/** Which archive of this mod can be sent now; null when none is here, or when what was here is gone or cut short. */
export async function heldArchive(
  deps: Pick<Deps, "blobs">,
  { current, imported }: Pick<Mod, "current" | "imported">,
): Promise<HeldArchive | null> {
  if (current !== null && !(await isDamaged(deps, current))) return { kind: "version", version: current };
  const file = imported === null ? null : await outsideFile(imported.path);
  if (imported === null || file === null || file.bytes !== imported.bytes) return null;
  return { kind: "imported", path: imported.path, ...file, sourceUpdatedAt: imported.sourceUpdatedAt };
}
