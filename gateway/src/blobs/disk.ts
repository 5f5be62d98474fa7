import { once } from "node:events";
import { createReadStream, existsSync, mkdirSync } from "node:fs";
import { mkdir, statfs as nodeStatfs, open, readFile, rename, utimes } from "node:fs/promises";
import type { Sha256, UploadId } from "@modfleet/protocol";
import type { BlobStore } from "./blob-store.ts";
import { copyOutsideFile, reflink, type ShareBytes } from "./disk-copy.ts";
import { type WriteAll, writePartToFile } from "./disk-part.ts";
import { type DiskPaths, diskPaths } from "./disk-paths.ts";
import { type StatFs, unpromisedBytes } from "./disk-space.ts";
import { sweepFolders } from "./disk-sweep.ts";
import { isDiskFull, removeFile, statOrNull, syncFolder, syncPath, systemCode, writeAll } from "./durable.ts";
import { createHotBlobs } from "./hot-blobs.ts";
import { createInOrder } from "./turns.ts";

export type DiskBlobsOptions = {
  /** Absolute path; `archives` and `uploads` are made below it. */
  root: string;
  /** Bytes of the file system that uploads never take: the database and the system need some. */
  reserveBytes?: number;
  /** Milliseconds UTC. */
  now: () => number;
  /** A part whose body is silent for so long is given up. */
  stallMs?: number;
  statfs?: StatFs;
  writeAll?: WriteAll;
  shareBytes?: ShareBytes;
};

const RESERVE_BYTES = 1024 * 1024 * 1024;
const STALL_MS = 60_000;
/** One read for about a millisecond of a fast disk. */
const READ_BYTES = 256 * 1024;

/** Most mods are smaller. */
const HOT_BLOB_BYTES_MAX = 2 * 1024 * 1024;
const HOT_BYTES_MAX = 16 * 1024 * 1024;

/** Archives as `archives/ab/<sha256>.zip` and uploads as sparse files `uploads/<id>` on one local file system. */
export function createDiskBlobs(options: DiskBlobsOptions): BlobStore {
  const { root, stallMs = STALL_MS, now } = options;
  const paths = diskPaths(root);
  for (const folder of [paths.archives, paths.uploads]) mkdirSync(folder, { recursive: true });
  const alone = createInOrder();
  return {
    ...readers(paths),
    ...uploads(paths, options),
    writePart: (id, range, part) => {
      const target = { path: paths.upload(id), range, stallMs, writeAll: options.writeAll ?? writeAll };
      return writePartToFile(target, part);
    },
    commit: (id, sha256) => alone(() => commit(paths, { id, sha256, at: new Date(now()) })),
    sweep: (keep, olderThanMs) => sweepFolders({ paths, keep, changedBefore: now() - olderThanMs, alone }),
  };
}

function readers(paths: DiskPaths): Pick<BlobStore, "size" | "read" | "hot" | "path" | "uploadPath"> {
  const readWhole = (sha256: Sha256) => readFile(paths.blob(sha256));
  const hot = createHotBlobs({ read: readWhole, blobBytesMax: HOT_BLOB_BYTES_MAX, bytesMax: HOT_BYTES_MAX });
  const pathIfThere = (path: string) => (existsSync(path) ? path : null);
  return {
    hot: hot.get,
    path: (sha256) => pathIfThere(paths.blob(sha256)),
    uploadPath: (id) => pathIfThere(paths.upload(id)),
    size: async (sha256) => {
      const stats = await statOrNull(paths.blob(sha256));
      return stats === null ? null : Number(stats.size);
    },
    async read(sha256, range = { start: 0, end: Number.MAX_SAFE_INTEGER }) {
      const stream = createReadStream(paths.blob(sha256), { ...range, highWaterMark: READ_BYTES });
      try {
        await once(stream, "open");
        return stream;
      } catch (error) {
        if (systemCode(error) === "ENOENT") return null;
        throw error;
      }
    },
  };
}

function uploads(
  paths: DiskPaths,
  options: DiskBlobsOptions,
): Pick<BlobStore, "createUpload" | "copyIn" | "touch" | "discard" | "freeBytes"> {
  const { reserveBytes = RESERVE_BYTES, statfs = nodeStatfs, now } = options;
  const { writeAll: write = writeAll, shareBytes = reflink } = options;
  // Two uploads that ask at once must not both be promised the last free bytes.
  const alone = createInOrder();
  const left = async () => (await unpromisedBytes(paths.uploads, statfs)) - reserveBytes;
  const createUpload: BlobStore["createUpload"] = (id, bytes) =>
    alone(async () => {
      const stats = await statOrNull(paths.upload(id));
      if (stats !== null && Number(stats.size) === bytes) return "exists";
      if ((await left()) < bytes) return "disk_full";
      return makeSparse(paths, id, bytes);
    });
  return {
    freeBytes: async () => Math.max(0, await left()),
    createUpload,
    copyIn(id, from) {
      const reserve = () => createUpload(id, from.bytes);
      return copyOutsideFile({ from, to: paths.upload(id), reserve, writeAll: write, shareBytes });
    },
    async touch(id) {
      const at = new Date(now());
      await utimes(paths.upload(id), at, at);
    },
    async discard(id) {
      await removeFile(paths.upload(id));
    },
  };
}

/** A file of its final size without any block yet; durable with its name, because parts only flush their bytes. */
async function makeSparse(paths: DiskPaths, id: UploadId, bytes: number): Promise<"created" | "disk_full"> {
  const handle = await open(paths.upload(id), "w");
  try {
    await handle.truncate(bytes);
    await handle.sync();
  } catch (error) {
    if (!isDiskFull(error)) throw error;
    await removeFile(paths.upload(id));
    return "disk_full";
  } finally {
    await handle.close();
  }
  await syncFolder(paths.uploads);
  return "created";
}

type Commit = { id: UploadId; sha256: Sha256; at: Date };

/** Bytes, then the name in its new folder, then the name gone from the old one: a crash in between is repeated safely. */
async function commit(paths: DiskPaths, { id, sha256, at }: Commit): Promise<void> {
  const shelf = paths.shelf(sha256);
  if ((await statOrNull(paths.blob(sha256))) === null) {
    await syncPath(paths.upload(id));
    await mkdir(shelf, { recursive: true });
    await syncFolder(paths.archives);
    await rename(paths.upload(id), paths.blob(sha256));
  } else {
    // Young again, so that no sweep takes it before the row that names it is written.
    await utimes(paths.blob(sha256), at, at);
    await removeFile(paths.upload(id));
  }
  await syncFolder(shelf);
  await syncFolder(paths.uploads);
}
