import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { Sha256, UploadId } from "@modfleet/protocol";
import type { BlobStore } from "./blob-store.ts";
import type { DiskPaths } from "./disk-paths.ts";
import { removeFile, statOrNull, systemCode } from "./durable.ts";

type Keep = Parameters<BlobStore["sweep"]>[0];
type Sweep = { paths: DiskPaths; keep: Keep; changedBefore: number; alone: <T>(work: () => Promise<T>) => Promise<T> };

/** Removes what `keep` refuses. Each file is judged and removed while no commit runs, so none is committed in between. */
export async function sweepFolders(sweep: Sweep): Promise<number> {
  let freed = 0;
  for (const name of await namesIn(sweep.paths.uploads)) {
    const id = UploadId.safeParse(name).data;
    if (id !== undefined) freed += await sweepFile(sweep, sweep.paths.upload(id), () => sweep.keep.upload(id));
  }
  for (const folder of await namesIn(sweep.paths.archives)) {
    for (const name of await namesIn(join(sweep.paths.archives, folder))) {
      const sha256 = Sha256.safeParse(name.replace(/\.zip$/, "")).data;
      if (sha256 === undefined || !sha256.startsWith(folder)) continue;
      freed += await sweepFile(sweep, sweep.paths.blob(sha256), () => sweep.keep.blob(sha256));
    }
  }
  return freed;
}

async function sweepFile(
  { changedBefore, alone }: Sweep,
  path: string,
  isKept: () => Promise<boolean>,
): Promise<number> {
  return alone(async () => {
    const stats = await statOrNull(path);
    // `ctime` as well: a commit renames and touches a file without writing to it.
    if (stats === null || Math.max(Number(stats.mtimeMs), Number(stats.ctimeMs)) >= changedBefore) return 0;
    if (await isKept()) return 0;
    return (await removeFile(path)) ? Number(stats.size) : 0;
  });
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: unknown) => {
    if (systemCode(error) === "ENOENT" || systemCode(error) === "ENOTDIR") return [];
    throw error;
  });
}
