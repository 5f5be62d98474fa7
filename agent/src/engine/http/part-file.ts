import { readFileSync } from "node:fs";
import { mkdir, open, rm, stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { replaceDurably } from "../../durable-file.ts";

const Bytes = z.int().min(0);

/** What must still be true of a source for its bytes to fit those that lie here. */
export const PartState = z.object({
  /** Every address that these bytes may come from. */
  urls: z.array(z.string()).min(1),
  total: Bytes,
  etag: z.string().nullable(),
  lastModified: z.string().nullable(),
  name: z.string(),
  /** The hash that the caller expects of it. */
  sha256: z.string().nullable(),
  /** Ranges that the disk holds for sure. */
  written: z.array(z.object({ from: Bytes, to: Bytes })),
});
export type PartState = z.infer<typeof PartState>;

export type DiskFile = {
  writev(chunks: readonly Uint8Array[], position: number): Promise<{ bytesWritten: number }>;
  truncate(bytes: number): Promise<void>;
  datasync(): Promise<void>;
  stat(): Promise<{ size: number }>;
  close(): Promise<void>;
};

/** What a disk does here; tests hand in one that is full. */
export type Disk = {
  open(path: string, flags: string): Promise<DiskFile>;
  freeBytes(folder: string): Promise<number>;
};

export const nodeDisk: Disk = {
  open,
  freeBytes: async (folder) => {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  },
};

/** The bytes of a download that is not complete, and a journal of which of them are there. */
export type PartFile = {
  readonly body: string;
  /** What an earlier run, or an earlier try of this one, left behind, if all of it can be believed. */
  left(): PartState | null;
  /** Empties it and takes the room for `total` bytes; without a state there will be nothing to resume. Throws ENOSPC early. */
  begin(total: number | null, state: PartState | null): Promise<void>;
  write(chunks: readonly Uint8Array[], position: number): Promise<void>;
  /** Makes what `state` says true on the disk, then says so: bytes always come before the journal. */
  checkpoint(state: PartState): Promise<void>;
  /** Gives it exactly this size. */
  cut(bytes: number): Promise<void>;
  /** Ends the writing; `durable` waits for the disk. */
  close(options?: { durable: boolean }): Promise<void>;
};

/** Opens what lies in `folder`, which belongs to this download alone. */
export async function openPartFile(folder: string, disk: Disk = nodeDisk): Promise<PartFile> {
  const body = join(folder, "body");
  const journal = join(folder, "journal.json");
  await mkdir(folder, { recursive: true });
  await leaveFinished(body);
  let left = await readLeft(journal, body);
  const file = await disk.open(body, left === null ? "w+" : "r+");
  let isOpen = true;
  return {
    body,
    left: () => left,
    async begin(total, state) {
      left = state === null ? null : { ...state, written: [] };
      // Before a byte changes: an old journal over new bytes would mix two files.
      if (left === null) await rm(journal, { force: true });
      else replaceDurably(journal, JSON.stringify(left));
      await file.truncate(0);
      if (total === null) return;
      if ((await disk.freeBytes(folder)) < total) throw noRoom(total);
      await file.truncate(total);
    },
    async write(chunks, position) {
      for (let rest = [...chunks], at = position; rest.length > 0; ) {
        const { bytesWritten } = await file.writev(rest, at);
        at += bytesWritten;
        rest = after(rest, bytesWritten);
      }
    },
    async checkpoint(state) {
      const text = JSON.stringify(state);
      await file.datasync();
      replaceDurably(journal, text);
      left = state;
    },
    async cut(bytes) {
      if ((await file.stat()).size !== bytes) await file.truncate(bytes);
    },
    async close({ durable } = { durable: false }) {
      if (!isOpen) return;
      isOpen = false;
      try {
        if (durable) await file.datasync();
      } finally {
        await file.close();
      }
    },
  };
}

/** Removes what a download has left behind; it then starts from nothing. */
export const removePartFile = (folder: string): Promise<void> => rm(folder, { recursive: true, force: true });

/** A crash while the file got its name leaves two names for the same bytes: writing here would write there. */
async function leaveFinished(body: string): Promise<void> {
  const found = await stat(body).catch(() => null);
  if (found !== null && found.nlink > 1) await rm(body);
}

async function readLeft(journal: string, body: string): Promise<PartState | null> {
  try {
    const state = PartState.parse(JSON.parse(readFileSync(journal, "utf8")));
    const isWhole = (await stat(body)).size === state.total;
    return isWhole && state.written.every(({ from, to }) => from < to && to <= state.total) ? state : null;
  } catch {
    // Nothing there, or nothing that can be believed: the download starts again.
    return null;
  }
}

function noRoom(total: number): Error {
  return Object.assign(new Error(`ENOSPC: no room for ${total} bytes`), { code: "ENOSPC" });
}

function after(chunks: readonly Uint8Array[], written: number): Uint8Array[] {
  let left = written;
  return chunks.flatMap((chunk) => {
    const skipped = Math.min(left, chunk.length);
    left -= skipped;
    return skipped === chunk.length ? [] : [chunk.subarray(skipped)];
  });
}
