import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sha256Of, tempFolder } from "../../test/archives.ts";
import { partOf } from "../../test/uploads.ts";
import type { BlobStore } from "./blob-store.ts";
import { createDiskBlobs, type DiskBlobsOptions } from "./disk.ts";
import { writeAll } from "./durable.ts";

const UPLOAD = `upl_${"1".repeat(20)}`;
const OTHER = `upl_${"2".repeat(20)}`;
const bytes = Buffer.from(Array.from({ length: 2_500 }, (_, i) => (i * 7) % 251));
const SHA = sha256Of(bytes);

let root = "";
let blobs: BlobStore;
beforeEach(async () => {
  root = (await tempFolder()).path;
  blobs = store();
});
afterEach(() => rm(root, { recursive: true, force: true }));

const store = (options: Partial<DiskBlobsOptions> = {}): BlobStore =>
  createDiskBlobs({ root, reserveBytes: 0, now: Date.now, ...options });

async function* pieces(data: Buffer, size = 300): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < data.length; at += size) yield data.subarray(at, at + size);
}

const write = (id: string, n: number, data = bytes, to: BlobStore = blobs) => {
  const part = partOf(data, n);
  const range = { n, offset: (n - 1) * 1_000, bytes: part.length };
  return to.writePart(id, range, { sha256: sha256Of(part), body: pieces(part) });
};

async function uploaded(id = UPLOAD, data = bytes): Promise<void> {
  await blobs.createUpload(id, data.length);
  for (const n of [1, 2, 3]) expect(await write(id, n, data)).toBe("stored");
}

test("writePart() puts parts in their places whatever the order and the pieces", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.shuffledSubarray([1, 2, 3], { minLength: 3 }),
      fc.integer({ min: 1, max: 1_200 }),
      async (order, size) => {
        await blobs.discard(UPLOAD);
        await blobs.createUpload(UPLOAD, bytes.length);
        const outcomes = order.map((n) => {
          const part = partOf(bytes, n);
          const range = { n, offset: (n - 1) * 1_000, bytes: part.length };
          return blobs.writePart(UPLOAD, range, { sha256: sha256Of(part), body: pieces(part, size) });
        });

        expect(await Promise.all(outcomes)).toEqual(["stored", "stored", "stored"]);
        expect(await readFile(blobs.uploadPath(UPLOAD) ?? "")).toEqual(bytes);
      },
    ),
    { numRuns: 15 },
  );
});

test("writePart() writes nothing outside its range", async () => {
  await uploaded();
  const range = { n: 2, offset: 1_000, bytes: 1_000 };

  const outcome = await blobs.writePart(UPLOAD, range, { sha256: SHA, body: pieces(Buffer.alloc(5_000, 255)) });

  expect(outcome).toBe("wrong_length");
  const file = await readFile(blobs.uploadPath(UPLOAD) ?? "");
  expect(Buffer.concat([file.subarray(0, 1_000), file.subarray(2_000)])).toEqual(
    Buffer.concat([bytes.subarray(0, 1_000), bytes.subarray(2_000)]),
  );
});

test("writePart() gives up a body that stalls", async () => {
  const impatient = store({ stallMs: 20 });
  await impatient.createUpload(UPLOAD, 1_000);
  const body = {
    async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
      yield Buffer.alloc(10);
      await new Promise(() => {});
    },
  };

  const outcome = await impatient.writePart(UPLOAD, { n: 1, offset: 0, bytes: 1_000 }, { sha256: SHA, body });

  expect(outcome).toBe("interrupted");
});

test("writePart() gives up when it is told to", async () => {
  await blobs.createUpload(UPLOAD, 1_000);
  const stop = new AbortController();
  const body = {
    async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
      stop.abort();
      await new Promise(() => {});
    },
  };

  const range = { n: 1, offset: 0, bytes: 1_000 };
  expect(await blobs.writePart(UPLOAD, range, { sha256: SHA, body, signal: stop.signal })).toBe("interrupted");
});

test("writePart() says gone for an upload that was removed", async () => {
  expect(await write(UPLOAD, 1)).toBe("gone");
});

test.each(["ENOSPC", "EDQUOT"])("writePart() says disk_full for %s in the middle of a large part", async (code) => {
  let writes = 0;
  const filling = store({
    writeAll: async (...args) => {
      writes += 1;
      if (writes > 1) throw Object.assign(new Error("full"), { code });
      await writeAll(...args);
    },
  });
  const large = Buffer.alloc(3 * 1024 * 1024, 5);
  await filling.createUpload(UPLOAD, large.length);

  const range = { n: 1, offset: 0, bytes: large.length };
  const part = { sha256: sha256Of(large), body: pieces(large, 65_536) };

  expect(await filling.writePart(UPLOAD, range, part)).toBe("disk_full");
});

test("writePart() does not hide a broken disk", async () => {
  const broken = store({ writeAll: () => Promise.reject(Object.assign(new Error("i/o error"), { code: "EIO" })) });
  await broken.createUpload(UPLOAD, bytes.length);

  await expect(write(UPLOAD, 1, bytes, broken)).rejects.toThrow("i/o error");
});

test("createUpload() counts what open uploads were promised", async () => {
  const small = store({ statfs: async () => ({ bavail: 100, bsize: 1_000 }), reserveBytes: 10_000 });

  const outcomes = await Promise.all([small.createUpload(UPLOAD, 60_000), small.createUpload(OTHER, 60_000)]);

  expect(outcomes.toSorted()).toEqual(["created", "disk_full"]);
  expect(await readdir(join(root, "uploads"))).toHaveLength(1);
  expect(await small.freeBytes()).toBe(30_000);
});

test("createUpload() keeps the parts of an upload that is there", async () => {
  await uploaded();

  expect(await blobs.createUpload(UPLOAD, bytes.length)).toBe("exists");
  expect(await readFile(blobs.uploadPath(UPLOAD) ?? "")).toEqual(bytes);
});

test("createUpload() takes no room on the disk before parts come", async () => {
  await blobs.createUpload(UPLOAD, 1024 ** 3);

  const { size, blocks } = await stat(blobs.uploadPath(UPLOAD) ?? "");

  expect(size).toBe(1024 ** 3);
  expect(blocks * 512).toBeLessThan(1024 ** 2);
});

test("commit() moves an upload under its hash, and reading finds it there", async () => {
  await uploaded();

  await blobs.commit(UPLOAD, SHA);

  expect(blobs.path(SHA)).toBe(join(root, "archives", SHA.slice(0, 2), `${SHA}.zip`));
  expect([blobs.uploadPath(UPLOAD), await blobs.size(SHA)]).toEqual([null, bytes.length]);
  const [whole, range] = [await blobs.read(SHA), await blobs.read(SHA, { start: 10, end: 19 })];
  expect(whole && (await buffer(whole))).toEqual(bytes);
  expect(range && (await buffer(range))).toEqual(bytes.subarray(10, 20));
});

test("commit() can be repeated, also by a process that was killed in between", async () => {
  await uploaded();
  await mkdir(join(root, "archives", SHA.slice(0, 2)));
  const blob = join(root, "archives", SHA.slice(0, 2), `${SHA}.zip`);
  await rename(blobs.uploadPath(UPLOAD) ?? "", blob);

  await store().commit(UPLOAD, SHA);
  await store().commit(UPLOAD, SHA);

  expect(await readFile(blob)).toEqual(bytes);
});

test("commit() of content that another upload brought removes the second copy", async () => {
  await uploaded(UPLOAD);
  await uploaded(OTHER);

  await Promise.all([blobs.commit(UPLOAD, SHA), blobs.commit(OTHER, SHA)]);

  expect(await readdir(join(root, "uploads"))).toEqual([]);
  expect(await readFile(blobs.path(SHA) ?? "")).toEqual(bytes);
});

test("commit() throws when there is neither upload nor blob", async () => {
  await expect(blobs.commit(UPLOAD, SHA)).rejects.toThrow("ENOENT");
});

test("the store says null for blobs and uploads it does not have", async () => {
  expect([blobs.path(SHA), blobs.uploadPath(UPLOAD), await blobs.size(SHA), await blobs.read(SHA)]).toEqual([
    ...[null, null, null, null],
  ]);
  await expect(blobs.discard(UPLOAD)).resolves.toBeUndefined();
});

test.each(["../../../etc/passwd", "", "upl_x", `${UPLOAD}/..`])("no path is made of the id %j", async (id) => {
  expect(() => blobs.uploadPath(id)).toThrow();
  expect(() => blobs.path(id)).toThrow();
});

const nothing = { upload: async () => false, blob: async () => false };

test("sweep() removes what nobody needs, and only that", async () => {
  await uploaded(UPLOAD);
  await blobs.commit(UPLOAD, SHA);
  const kept = Buffer.from(bytes).fill(1, 0, 5);
  await uploaded(UPLOAD, kept);
  await blobs.commit(UPLOAD, sha256Of(kept));
  await uploaded(UPLOAD);
  await uploaded(OTHER);
  await writeFile(join(root, "archives", "README"), "not ours");

  const later = store({ now: () => Date.now() + 10_000 });
  const keep = { upload: async (id: string) => id === OTHER, blob: async (sha: string) => sha === sha256Of(kept) };
  const freed = await later.sweep(keep, 5_000);

  expect(freed).toBe(2 * bytes.length);
  expect(blobs.path(SHA)).toBeNull();
  expect(blobs.path(sha256Of(kept))).not.toBeNull();
  expect([blobs.uploadPath(UPLOAD), blobs.uploadPath(OTHER) === null]).toEqual([null, false]);
  expect(await readdir(join(root, "archives"))).toContain("README");
});

test("sweep() leaves young files alone, and a commit makes a blob young again", async () => {
  await uploaded(UPLOAD);
  await blobs.commit(UPLOAD, SHA);
  await utimes(blobs.path(SHA) ?? "", 0, 0);
  const { ctimeMs } = await stat(blobs.path(SHA) ?? "");
  const later = store({ now: () => ctimeMs + 10_000 });

  await later.commit(OTHER, SHA);
  const freed = await later.sweep(nothing, 5_000);

  expect(freed).toBe(0);
  expect(blobs.path(SHA)).not.toBeNull();
});
