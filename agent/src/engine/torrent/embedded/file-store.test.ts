import { randomBytes } from "node:crypto";
import { readdir, stat } from "node:fs/promises";
import { expect, test } from "vitest";
import { bencode } from "../../../../test/a-torrent.ts";
import { readBytes } from "../../../../test/embedded-torrents.ts";
import { tempFolder } from "../../../../test/temp-folder.ts";
import { parseMetainfo } from "../metainfo.ts";
import { createFileStore, type FileStore } from "./file-store.ts";
import { pieceBytes, pieceCount } from "./pieces.ts";

const FILES = [
  { length: 15, path: ["a?.bin"] },
  { length: 5, path: [".pad", "5"], attr: "p" },
  { length: 3, path: ["sub", "b.bin"] },
  { length: 0, path: ["empty"] },
  { length: 20, path: ["sub", "c.bin"] },
];
const METAINFO = parseMetainfo(
  bencode({ info: { name: "t", files: FILES, "piece length": 10, pieces: Buffer.alloc(100) } }),
);

const put = (store: FileStore, index: number, bytes: Uint8Array) =>
  new Promise<void>((resolve, reject) =>
    store.put(index, bytes, (error) => (error === null ? resolve() : reject(error))),
  );
const get = (store: FileStore, index: number, part: { offset?: number; length?: number } | null = null) =>
  new Promise<Uint8Array | undefined>((resolve, reject) => {
    store.get(index, part, (error, bytes) => (error === null ? resolve(bytes) : reject(error)));
  });

/** The torrent's bytes, zeros where padding is. */
function contentOf(): Buffer {
  const content = randomBytes(METAINFO.length);
  content.fill(0, 15, 20);
  return content;
}

test("createFileStore() puts pieces into their files with few of them open, and no padding", async () => {
  await using folder = await tempFolder();
  const store = createFileStore(METAINFO, folder.path, 1);
  const content = contentOf();

  await Promise.all(
    Array.from({ length: pieceCount(METAINFO) }, (_, index) =>
      put(store, index, content.subarray(index * 10, index * 10 + pieceBytes(METAINFO, index))),
    ),
  );

  expect(Buffer.from((await get(store, 1)) ?? [])).toEqual(content.subarray(10, 20));
  expect(Buffer.from((await get(store, 2, { offset: 1, length: 5 })) ?? [])).toEqual(content.subarray(21, 26));
  await store.shut();
  expect((await readdir(folder.at("t"), { recursive: true })).toSorted()).toEqual([
    "a?.bin",
    "sub",
    "sub/b.bin",
    "sub/c.bin",
  ]);
  expect(await readBytes(folder, "t", "a?.bin")).toEqual(content.subarray(0, 15));
  expect(await readBytes(folder, "t/sub/c.bin")).toEqual(content.subarray(23));
  await expect(put(store, 0, content.subarray(0, 10))).rejects.toThrow("closed");
});

test("createFileStore() makes no file by reading, and says when one is too short", async () => {
  await using folder = await tempFolder();
  await folder.write({ "t/a?.bin": "short" });
  const store = createFileStore(METAINFO, folder.path, 4);

  await expect(get(store, 0)).rejects.toThrow("too early");
  await expect(get(store, 3)).rejects.toThrow("ENOENT");
  expect((await stat(folder.at("t/a?.bin"))).size).toBe(5);
  expect(await readdir(folder.at("t"))).toEqual(["a?.bin"]);
  await store.shut();
});

test.each([
  [-1, null],
  [5, null],
  [Number.NaN, null],
  [0, { offset: -1, length: 5 }],
  [0, { offset: 5, length: 6 }],
  [0, { offset: 0, length: -5 }],
  [0, { offset: 10, length: 0 }],
  [4, { offset: 0, length: 10 }],
])("createFileStore() refuses piece %s with %j", async (index, part) => {
  await using folder = await tempFolder();
  const store = createFileStore(METAINFO, folder.path, 4);

  await expect(get(store, index, part)).rejects.toThrow(RangeError);
  await expect(put(store, 0, new Uint8Array(11))).rejects.toThrow(RangeError);
  await store.shut();
});
