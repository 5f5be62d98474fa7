import { constants, copyFile, link, lstat, mkdir, realpath, rm, writeFile } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { quoted, TorrentFailure } from "./torrent-failure.ts";
import type { WantedFile } from "./wanted.ts";

/** What a disk answers where two names cannot share one file. */
const NO_LINK = new Set(["EXDEV", "EPERM", "EACCES", "EMLINK", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"]);

/**
 * Lays the wanted files of a complete torrent, whose data is in `folder`, into `root` and nothing else. They are linked, copied where
 * that cannot be, and stay where they are for those who load them from us.
 */
export async function placeContent(
  files: readonly WantedFile[],
  { folder, root, signal }: { folder: string; root: string; signal: AbortSignal },
): Promise<void> {
  await rm(root, { recursive: true, force: true });
  await mkdir(root, { recursive: true });
  const real = await realpath(folder).catch(unreadable);
  const made = new Set<string>();
  for (const file of files) {
    signal.throwIfAborted();
    const target = join(root, file.inside);
    const parent = dirname(target);
    if (!made.has(parent)) await mkdir(parent, { recursive: true });
    made.add(parent);
    // Not every client makes files without content.
    if (file.bytes === 0) await writeFile(target, "");
    else await placeFile(await checked(file, real), target);
  }
}

/** The file as it really lies there; a client that takes its torrents lightly must not hand on what lies elsewhere. */
async function checked({ path, bytes }: WantedFile, folder: string): Promise<string> {
  const real = await realpath(join(folder, path)).catch(unreadable);
  const stats = await lstat(real);
  if (!real.startsWith(folder + sep) || !stats.isFile()) {
    throw new TorrentFailure("unsafe_content", `${quoted(path)}: not a file in the torrent's folder`);
  }
  if (stats.size === bytes) return real;
  throw new TorrentFailure("tool_broken", `${quoted(path)}: ${stats.size} bytes on disk instead of ${bytes}`);
}

function unreadable(cause: unknown): never {
  throw new TorrentFailure(
    "tool_broken",
    `What the torrent client loaded cannot be read here: ${String(cause)}`,
    cause,
  );
}

async function placeFile(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (!NO_LINK.has(code)) throw error;
    await copyFile(from, to, constants.COPYFILE_FICLONE);
  }
}
