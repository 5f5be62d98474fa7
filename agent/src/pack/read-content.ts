import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { PackFailure } from "./pack-failure.ts";
import type { FoundFile } from "./walk.ts";

/** A link that replaced the file, or a pipe that would block, must not be opened. Windows has neither flag. */
const FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** An open file that is known to be the one that was listed. Reads are synchronous: this runs in the job's own thread. */
export type Content = {
  /** `length` bytes from `offset`, in a buffer of their own. Fails with `source_changed` when the file is shorter. */
  read(offset: number, length: number): Buffer;
  /** Throws `source_changed` when the file is no longer what it was when it was listed. */
  verify(): void;
  close(): void;
};

/** Opens a listed file. Throws `PackFailure` with `source_changed` when it is no longer that file. */
export function openContent(file: FoundFile): Content {
  const fd = openSync(file.real, FLAGS);
  const content: Content = {
    read: (offset, length) => readExactly(fd, { offset, length, path: file.path }),
    verify: () => verify(fd, file),
    close: () => closeSync(fd),
  };
  try {
    content.verify();
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  return content;
}

function readExactly(fd: number, { offset, length, path }: { offset: number; length: number; path: string }): Buffer {
  const buffer = Buffer.allocUnsafeSlow(length);
  for (let filled = 0; filled < length; ) {
    const count = readSync(fd, buffer, filled, length - filled, offset + filled);
    if (count === 0)
      throw new PackFailure("source_changed", `${JSON.stringify(path)} became shorter while it was read`);
    filled += count;
  }
  return buffer;
}

function verify(fd: number, file: FoundFile): void {
  const now = fstatSync(fd);
  const isSame = now.isFile() && now.ino === file.inode && now.size === file.size && now.mtimeMs === file.modifiedMs;
  if (!isSame) throw new PackFailure("source_changed", `${JSON.stringify(file.path)} changed while it was packed`);
}
