import { mkdir, readdir, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Downloads, FetchProgress } from "./downloads.ts";
import type { Order, Placement } from "./lists.ts";
import { leftOf, placeFile } from "./place-file.ts";

export type Load = {
  order: Order;
  downloads: Pick<Downloads, "fetch">;
  /** Where the file lands. */
  folder: string;
  /** Called right before the file gets its final name. */
  choose: (placement: Placement) => void;
  onProgress: (progress: FetchProgress) => void;
  signal: AbortSignal;
};

export type Loaded = { kind: "done"; path: string; bytes: number } | { kind: "failed"; detail: string };

/** Below the folder where files land, so that the last step stays on one disk. */
const DRAFTS = ".partial";

/** Where the unfinished bytes of a download lie. */
export function draftFolder(folder: string, id: string): string {
  return join(folder, DRAFTS, id);
}

/** Fetches one file and gives it its final name. What a crash left, of the bytes or of the naming, is gone on with. */
export async function loadOne(load: Load): Promise<Loaded> {
  const { order, downloads, folder, onProgress, signal } = load;
  const { placing, id, url } = order;
  const left = placing === null ? "nothing" : await leftOf(placing);
  if (placing !== null && left === "placed") return { kind: "done", path: placing.path, bytes: placing.bytes };
  if (placing !== null && left === "draft") return await place(load, { ...placing, name: basename(placing.path) });

  const draft = draftFolder(folder, id);
  await mkdir(draft, { recursive: true });
  signal.throwIfAborted();
  const fetched = await downloads.fetch({ url, folder: draft, onProgress, signal });
  return fetched.kind === "failed" ? fetched : await place(load, fetched);
}

type Complete = { file: string; name: string; bytes: number };

async function place({ folder, choose }: Load, { file, name, bytes }: Complete): Promise<Loaded> {
  const chosen = (path: string): void => choose({ file, path, bytes });
  const path = await placeFile({ file, folder, name, choose: chosen });
  return { kind: "done", path, bytes };
}

/** Removes what a crash kept from being removed. Drafts of others that share the folder are left alone. */
export async function sweepDrafts(folder: string, ended: ReadonlySet<string>): Promise<void> {
  const names = await readdir(join(folder, DRAFTS)).catch(() => []);
  for (const id of names) if (ended.has(id)) await removeDraft(folder, id);
}

export async function removeDraft(folder: string, id: string): Promise<void> {
  await rm(draftFolder(folder, id), { recursive: true, force: true });
}
