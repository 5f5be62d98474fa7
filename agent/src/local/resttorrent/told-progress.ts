import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { INFO_HASH } from "@modfleet/protocol";
import { z } from "zod";
import type { Log } from "../../log.ts";

/** The greatest progress, from 0 to 1, that was told of each torrent: none may be told as less again. */
export interface ToldProgress {
  /** The greater one of `progress` and what was told before; it counts as told now. */
  raise(infoHash: string, progress: number): number;
  forget(infoHash: string): void;
  /** Keeps it as it is now; later changes stay in memory. */
  close(): void;
}

const Told = z.record(z.string().regex(INFO_HASH), z.number().min(0).max(1));

/**
 * Remembers what was told; over a restart, too, where `path` is one. A crash may cost the last percent. A file that cannot be read or
 * written costs what it had, and nothing else.
 */
export function openToldProgress(path: string | null, log: Log): ToldProgress {
  const told = new Map(path === null ? [] : Object.entries(readTold(path)));
  let file = path;
  const save = (): void => {
    if (file === null) return;
    try {
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
      writeFileSync(`${file}.new`, JSON.stringify(Object.fromEntries(told)), { mode: 0o600 });
      renameSync(`${file}.new`, file);
    } catch (cause) {
      log.warn("Could not keep the progress of torrents", { path: file, cause });
      file = null;
    }
  };
  return {
    raise(infoHash, progress) {
      const before = told.get(infoHash) ?? 0;
      if (progress <= before) return before;
      told.set(infoHash, progress);
      // Whole percents only: a list that is asked for all the time must not write all the time.
      if (Math.floor(progress * 100) > Math.floor(before * 100)) save();
      return progress;
    },
    forget(infoHash) {
      if (told.delete(infoHash)) save();
    },
    close() {
      if (told.size > 0) save();
      file = null;
    },
  };
}

function readTold(path: string): Readonly<Record<string, number>> {
  try {
    return Told.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    return {};
  }
}
