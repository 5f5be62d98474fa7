import { mkdirSync, readdirSync, renameSync, statSync, writeFileSync } from "node:fs";
import { mkdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { JobId, JobRef } from "@modfleet/protocol";

/** One job's folder: what its engine loads, and the archive that is made of it. */
export type JobFolder = { content: string; archive: string };

/** Job folders, `<job>-<epoch>` under one folder. What nobody answers for any more is kept only where it saves a download. */
export interface Scratch {
  /** The folder of `ref`, made when it is missing; it takes over what an older try of the job left for it. */
  open(ref: JobRef): Promise<JobFolder>;
  /** Whether the archive is there in full. */
  hasArchive(ref: JobRef, bytes: number): Promise<boolean>;
  dropContent(ref: JobRef): Promise<void>;
  /** Removes the folder; with `keep`, what was loaded stays for the next try. */
  clean(ref: JobRef, keep: boolean): Promise<void>;
  /** Removes every folder that is neither held nor young enough to be kept. */
  sweep(held: readonly JobRef[], now: number): Promise<void>;
}

/** Says that the folder waits for a next try. */
const KEPT = ".kept";
const KEPT_MAX = 4;
const KEPT_FOR_MS = 24 * 60 * 60 * 1_000;

export function createScratch(folder: string): Scratch {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const pathOf = ({ job, epoch }: JobRef): string => join(folder, `${job}-${epoch}`);
  const remove = (path: string): Promise<void> => rm(path, { recursive: true, force: true, maxRetries: 3 });
  const archiveOf = (ref: JobRef): string => join(pathOf(ref), "archive.zip");

  return {
    open: async (ref) => {
      takeOver(folder, ref.job, pathOf(ref));
      const content = join(pathOf(ref), "content");
      await mkdir(content, { recursive: true, mode: 0o700 });
      await remove(join(pathOf(ref), KEPT));
      return { content, archive: archiveOf(ref) };
    },
    hasArchive: async (ref, bytes) => {
      const found = await stat(archiveOf(ref)).catch(() => null);
      return found?.isFile() === true && found.size === bytes;
    },
    dropContent: (ref) => remove(join(pathOf(ref), "content")),
    clean: async (ref, keep) => {
      if (!keep || !tryMark(join(pathOf(ref), KEPT))) return remove(pathOf(ref));
      await remove(archiveOf(ref));
      for (const { path } of keptIn(folder).slice(KEPT_MAX)) await remove(path);
    },
    sweep: async (held, now) => {
      const stay = new Set(held.map(pathOf));
      for (const { path, at } of keptIn(folder).slice(0, KEPT_MAX)) if (now - at < KEPT_FOR_MS) stay.add(path);
      const all = readdirSync(folder).map((name) => join(folder, name));
      for (const path of all.filter((each) => !stay.has(each))) await remove(path);
    },
  };
}

/** A folder that waits for the next try of `job` becomes the folder at `path`. */
function takeOver(folder: string, job: JobId, path: string): void {
  const kept = keptIn(folder).find((each) => each.job === job && each.path !== path);
  if (kept === undefined || statSync(path, { throwIfNoEntry: false }) !== undefined) return;
  renameSync(kept.path, path);
}

/** False where there is no folder to mark, or no room for the mark. */
function tryMark(path: string): boolean {
  try {
    writeFileSync(path, "");
    return true;
  } catch {
    return false;
  }
}

/** Newest first. */
function keptIn(folder: string): { path: string; job: string; at: number }[] {
  const found = readdirSync(folder).flatMap((name) => {
    const mark = statSync(join(folder, name, KEPT), { throwIfNoEntry: false });
    return mark === undefined ? [] : [{ path: join(folder, name), job: name.split("-")[0] ?? "", at: mark.mtimeMs }];
  });
  return found.toSorted((a, b) => b.at - a.at);
}
