import { constants } from "node:fs";
import { type FileHandle, mkdir, open } from "node:fs/promises";
import { dirname, join } from "node:path";
import { checkInside } from "./inside-folder.ts";

export type OpenFiles = {
  /** Hands an open file to `act`, and keeps it open for the next. Reading makes no file. */
  use<T>(path: string, mode: "read" | "write", act: (file: FileHandle) => Promise<T>): Promise<T>;
  /** Waits for whoever uses a file, puts everything on the disk and closes it. */
  close(): Promise<void>;
};

type Entry = { handle: Promise<FileHandle>; users: number; isWritten: boolean };

/** Files below `folder`, not more than `max` open that nobody uses. Links that lead out of the folder are refused when a file is opened. */
export function createOpenFiles(folder: string, max: number): OpenFiles {
  const entries = new Map<string, Entry>();
  const pending = new Set<Promise<unknown>>();
  let isClosed = false;

  const track = <T>(work: Promise<T>): Promise<T> => {
    pending.add(work);
    const done = (): void => void pending.delete(work);
    work.then(done, done);
    return work;
  };
  const shut = async ({ handle, isWritten }: Entry): Promise<void> => {
    const file = await handle.catch(() => null);
    if (file === null) return;
    try {
      if (isWritten) await file.sync();
    } finally {
      await file.close();
    }
  };
  const shrink = (): void => {
    for (const [key, entry] of entries) {
      if (entries.size <= max) return;
      if (entry.users > 0) continue;
      entries.delete(key);
      // What cannot be synced shows when it is verified the next time.
      void track(shut(entry).catch(() => undefined));
    }
  };
  const enter = (path: string, mode: "read" | "write"): Entry => {
    const key = `${mode} ${path}`;
    const entry = entries.get(key) ?? { handle: openBelow(folder, path, mode), users: 0, isWritten: false };
    // Moved to the end: the front is closed first.
    entries.delete(key);
    entries.set(key, entry);
    entry.users += 1;
    entry.isWritten ||= mode === "write";
    entry.handle.catch(() => entries.delete(key));
    return entry;
  };

  return {
    use(path, mode, act) {
      if (isClosed) return Promise.reject(new Error("The files are closed"));
      const entry = enter(path, mode);
      const work = entry.handle.then(act).finally(() => {
        entry.users -= 1;
        shrink();
      });
      return track(work);
    },
    async close() {
      isClosed = true;
      await Promise.allSettled(pending);
      const all = [...entries.values()];
      entries.clear();
      await Promise.all(all.map(shut));
    },
  };
}

async function openBelow(folder: string, path: string, mode: "read" | "write"): Promise<FileHandle> {
  const target = join(folder, ...path.split("/"));
  await checkInside(folder, [path]);
  if (mode === "read") return open(target, constants.O_RDONLY);
  await mkdir(dirname(target), { recursive: true });
  return open(target, constants.O_RDWR | constants.O_CREAT, 0o644);
}
