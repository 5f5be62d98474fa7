import { appendFile, copyFile, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sha256Of, tempFolder } from "../../test/archives.ts";
import type { BlobStore, CopySource } from "./blob-store.ts";
import { createDiskBlobs, type DiskBlobsOptions } from "./disk.ts";
import { writeAll } from "./durable.ts";

const UPLOAD = `upl_${"1".repeat(20)}`;
const bytes = Buffer.from(Array.from({ length: 2_500_000 }, (_, i) => (i * 7) % 251));
const { signal } = new AbortController();

let root = "";
let source: CopySource;
beforeEach(async () => {
  root = (await tempFolder()).path;
  const path = join(root, "outside", "42.zip");
  await mkdir(join(root, "outside"));
  await writeFile(path, bytes, { mode: 0o444 });
  source = { path, bytes: bytes.length, signal };
});
afterEach(() => rm(root, { recursive: true, force: true }));

const store = (options: Partial<DiskBlobsOptions> = {}): BlobStore =>
  createDiskBlobs({ root, reserveBytes: 0, now: Date.now, shareBytes: async () => false, ...options });
const uploads = () => readdir(join(root, "uploads"));
const full = () => Promise.reject(Object.assign(new Error("full"), { code: "ENOSPC" }));

test("copyIn() makes an upload that can be committed, and leaves the source as it is", async () => {
  const blobs = store();
  const before = await stat(source.path);

  expect(await blobs.copyIn(UPLOAD, source)).toBe("copied");
  await blobs.commit(UPLOAD, sha256Of(bytes));

  expect((await readFile(blobs.path(sha256Of(bytes)) ?? "")).equals(bytes)).toBe(true);
  expect(await stat(source.path)).toMatchObject({ mtimeMs: before.mtimeMs, size: before.size, mode: before.mode });
  expect(await uploads()).toEqual([]);
});

test("copyIn() may be repeated after a crash in its middle", async () => {
  const blobs = store();
  await blobs.createUpload(UPLOAD, bytes.length);

  expect(await blobs.copyIn(UPLOAD, source)).toBe("copied");

  expect((await readFile(blobs.uploadPath(UPLOAD) ?? "")).equals(bytes)).toBe(true);
});

test("copyIn() leaves the reserve of the disk alone", async () => {
  const statfs = async () => ({ bavail: 3_000, bsize: 1_000 });

  expect(await store({ statfs, reserveBytes: 600_000 }).copyIn(UPLOAD, source)).toBe("disk_full");
  expect(await store({ statfs, reserveBytes: 400_000 }).copyIn(UPLOAD, source)).toBe("copied");
});

test("copyIn() that meets a full disk leaves nothing behind", async () => {
  let writes = 0;
  const writeUntilFull: typeof writeAll = (...args) => {
    writes += 1;
    return writes > 1 ? full() : writeAll(...args);
  };

  expect(await store({ writeAll: writeUntilFull }).copyIn(UPLOAD, source)).toBe("disk_full");
  expect(await uploads()).toEqual([]);
});

test("copyIn() notices that somebody writes to the source", async () => {
  const writeAndDisturb: typeof writeAll = async (...args) => {
    await writeAll(...args);
    await rm(source.path, { force: true });
    await writeFile(source.path, Buffer.concat([bytes]));
  };

  expect(await store({ writeAll: writeAndDisturb }).copyIn(UPLOAD, source)).toBe("changed");
  expect(await uploads()).toEqual([]);
});

test("copyIn() refuses a source of another size, and one that is not there", async () => {
  const blobs = store();
  const nowhere = await blobs.copyIn(UPLOAD, { ...source, path: `${source.path}.not` });
  const folder = await blobs.copyIn(UPLOAD, { ...source, path: root });
  await rm(source.path);
  await writeFile(source.path, bytes);
  await appendFile(source.path, "!");

  expect([nowhere, folder]).toEqual(["gone", "gone"]);
  expect(await blobs.copyIn(UPLOAD, source)).toBe("changed");
  expect(await uploads()).toEqual([]);
});

test("copyIn() ends when it is told to", async () => {
  const stopping = new AbortController();
  const writeAndStop: typeof writeAll = async (...args) => {
    await writeAll(...args);
    stopping.abort();
  };

  const outcome = await store({ writeAll: writeAndStop }).copyIn(UPLOAD, { ...source, signal: stopping.signal });

  expect(outcome).toBe("interrupted");
  expect(await uploads()).toEqual([]);
});

test("copyIn() lets a broken disk be an error, and leaves nothing behind", async () => {
  const broken = () => Promise.reject(Object.assign(new Error("broken"), { code: "EIO" }));

  await expect(store({ writeAll: broken }).copyIn(UPLOAD, source)).rejects.toThrow("broken");
  expect(await uploads()).toEqual([]);
});

test("copyIn() needs no room where the file system shares the bytes", async () => {
  const statfs = async () => ({ bavail: 0, bsize: 1_000 });
  const shareBytes = async (from: string, to: string) => {
    await copyFile(from, to);
    return true;
  };
  const blobs = store({ statfs, writeAll: full, shareBytes });

  expect(await blobs.copyIn(UPLOAD, source)).toBe("copied");
  expect((await readFile(blobs.uploadPath(UPLOAD) ?? "")).equals(bytes)).toBe(true);
});

test("copyIn() gives the right bytes by whatever means this file system has", async () => {
  const blobs = createDiskBlobs({ root, reserveBytes: 0, now: Date.now });

  expect(await blobs.copyIn(UPLOAD, source)).toBe("copied");
  expect((await readFile(blobs.uploadPath(UPLOAD) ?? "")).equals(bytes)).toBe(true);
  expect((await stat(blobs.uploadPath(UPLOAD) ?? "")).mode & 0o400).toBe(0o400);
});

test("touch() keeps a copy from the sweeper", async () => {
  let now = Date.now();
  const blobs = store({ now: () => now });
  await blobs.copyIn(UPLOAD, source);
  const keep = { upload: async () => false, blob: async () => false };

  now += 7_200_000;
  await blobs.touch(UPLOAD);
  expect(await blobs.sweep(keep, 3_600_000)).toBe(0);
  now += 7_200_000;
  expect(await blobs.sweep(keep, 3_600_000)).toBe(bytes.length);
});
