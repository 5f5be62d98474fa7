import { createHash, randomBytes } from "node:crypto";
import { appendFileSync, symlinkSync, truncateSync, unlinkSync, utimesSync, writeFileSync } from "node:fs";
import { chmod, mkdir, readFile, utimes } from "node:fs/promises";
import { type ArchiveEntry, treeHash } from "@modfleet/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { listZip, readZip, sha256 } from "../../test/read-zip.ts";
import { type TempFolder, tempFolder } from "../../test/temp-folder.ts";
import { complaints } from "../../test/zip-testers.ts";
import { type PackedTree, type PackProgress, packTree } from "./pack-tree.ts";
import { CHUNK_BYTES } from "./pieces.ts";

const pack = (
  folder: TempFolder,
  { maxBytes = 1e12, onProgress = () => {} }: { maxBytes?: number; onProgress?: (progress: PackProgress) => void } = {},
): Promise<PackedTree> => packTree({ root: folder.at("in"), partial: folder.at("out.zip"), maxBytes }, onProgress);

const text = (bytes: number): Buffer => Buffer.alloc(bytes, "All work and no play makes a dull mod. ");

test("packTree() writes an archive that every tester accepts, large and small, dense and not", async () => {
  await using folder = await tempFolder();
  await folder.write({
    "in/small.txt": "hello",
    "in/empty": "",
    "in/large.txt": text(3 * CHUNK_BYTES + 17),
    "in/exactly-one-chunk": text(CHUNK_BYTES),
    "in/exactly-two-chunks": text(2 * CHUNK_BYTES),
    "in/dense.bin": randomBytes(2 * CHUNK_BYTES + 5),
    "in/Текстуры/日本語 😀.txt": "names",
  });

  const packed = await pack(folder);

  expect(packed.entries).toBe(7);
  expect(await complaints(folder.at("out.zip"))).toEqual([]);
});

test("packTree() returns the size, the hash and the tree of what it wrote", async () => {
  await using folder = await tempFolder();
  const files: Record<string, string> = { "b.txt": "two", "a/c.txt": "one", "a-1": "" };
  await folder.write(Object.fromEntries(Object.entries(files).map(([path, content]) => [`in/${path}`, content])));

  const packed = await pack(folder);

  const archive = await readFile(folder.at("out.zip"));
  const entries = Object.entries(files).map(
    ([path, content]): ArchiveEntry => ({ path, size: content.length, sha256: sha256(content) }),
  );
  expect(packed).toEqual({
    bytes: archive.length,
    sha256: sha256(archive),
    tree: treeHash(entries, createHash("sha256")),
    entries: 3,
  });
});

test("packTree() gives the same bytes for the same content, whenever and wherever it lies", async () => {
  await using one = await tempFolder();
  await using other = await tempFolder();
  const noise = randomBytes(CHUNK_BYTES + 1);
  const files = { "in/x/1": text(2 * CHUNK_BYTES + 9), "in/x/2": "b", "in/run": "#!", "in/noise": noise };
  await one.write(files);
  await other.write(Object.fromEntries(Object.entries(files).reverse()));
  await mkdir(other.at("in", "empty"));
  await utimes(other.at("in", "run"), 1_000_000_000, 1_000_000_000);
  await chmod(one.at("in", "run"), 0o755);
  await chmod(other.at("in", "run"), 0o500);

  const packs = [await pack(one), await pack(other), await pack(one)];

  expect(new Set(packs.map((packed) => packed.sha256)).size).toBe(1);
});

test("packTree() stores what does not shrink and deflates the rest", async () => {
  await using folder = await tempFolder();
  await folder.write({
    "in/1-dense": randomBytes(100_000),
    "in/2-dense-and-large": randomBytes(CHUNK_BYTES * 2),
    "in/3-tiny": "x",
    "in/4-text": text(100_000),
    "in/5-text-and-large": text(CHUNK_BYTES * 2),
  });

  await pack(folder);

  const entries = await listZip(folder.at("out.zip"));
  expect(entries.map((entry) => entry.compressionMethod)).toEqual([0, 0, 0, 8, 8]);
});

test("packTree() keeps nothing of the host but the executable bit", async () => {
  await using folder = await tempFolder();
  await folder.write({ "in/plain": "1", "in/run.sh": "2" });
  await chmod(folder.at("in", "plain"), 0o600);
  await chmod(folder.at("in", "run.sh"), 0o711);

  await pack(folder);

  const entries = await listZip(folder.at("out.zip"));
  expect(entries.map((entry) => (entry.externalFileAttributes >>> 16).toString(8))).toEqual(["100644", "100755"]);
  expect(entries.map((entry) => [entry.lastModFileDate, entry.lastModFileTime])).toEqual([
    [33, 0],
    [33, 0],
  ]);
  expect(entries.every((entry) => (entry.generalPurposeBitFlag & 0x800) !== 0)).toBe(true);
});

test("packTree() gives back what it was given, whatever that is", async () => {
  const name = fc.stringMatching(/^[a-zé日😀_]{1,12}$/u);
  const content = fc.oneof(
    fc.uint8Array({ maxLength: 3_000 }),
    fc.integer({ min: 0, max: 2.5 * CHUNK_BYTES }).map(text),
    fc.integer({ min: 20_000, max: 1.5 * CHUNK_BYTES }).map((bytes) => randomBytes(bytes)),
  );
  const tree = fc.dictionary(
    fc.tuple(name, name).map(([a, b]) => `d-${a}/f-${b}`),
    content,
    { minKeys: 1, maxKeys: 8 },
  );

  await fc.assert(
    fc.asyncProperty(tree, async (files) => {
      await using folder = await tempFolder();
      await folder.write(Object.fromEntries(Object.entries(files).map(([path, bytes]) => [`in/${path}`, bytes])));
      await pack(folder);
      const unpacked = await readZip(folder.at("out.zip"));
      expect(unpacked.size).toBe(Object.keys(files).length);
      for (const [path, bytes] of Object.entries(files)) expect(unpacked.get(path)?.equals(bytes)).toBe(true);
    }),
    { numRuns: 40 },
  );
});

test("packTree() packs 70,000 files into an archive that every tester accepts", async () => {
  await using folder = await tempFolder();
  await folder.write(Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`in/0/${i}`, `${i}`])));
  // Links stand for files of their own, and are made at once.
  for (let group = 1; group < 70; group += 1) symlinkSync("0", folder.at("in", `${group}`));

  const packed = await pack(folder);

  expect(packed.entries).toBe(70_000);
  expect(await complaints(folder.at("out.zip"))).toEqual([]);
});

const FILE = 20 * CHUNK_BYTES;

test.each<[string, (path: string) => void, Buffer]>([
  ["grows", (path) => appendFileSync(path, "more"), text(FILE)],
  ["shrinks", (path) => truncateSync(path, FILE - 1), text(FILE)],
  ["shrinks to nothing", (path) => truncateSync(path, 0), text(FILE)],
  ["is written over with as many bytes", (path) => writeFileSync(path, text(FILE).fill("x")), text(FILE)],
  ["grows and does not shrink when deflated", (path) => appendFileSync(path, "more"), randomBytes(FILE)],
])("packTree() fails with source_changed when a file %s while it is read", async (_what, change, content) => {
  await using folder = await tempFolder();
  await folder.write({ "in/victim": content });
  let isChanged = false;
  const onProgress = ({ bytes }: PackProgress): void => {
    if (isChanged || bytes === 0) return;
    isChanged = true;
    change(folder.at("in", "victim"));
    utimesSync(folder.at("in", "victim"), 1, 1);
  };

  const act = pack(folder, { onProgress });

  await expect(act).rejects.toThrow(
    expect.objectContaining({ code: "source_changed", message: expect.stringContaining("victim") }),
  );
});

test.each<[string, (path: string) => void]>([
  ["grew", (path) => appendFileSync(path, "more")],
  [
    "became another file",
    (path) => {
      unlinkSync(path);
      writeFileSync(path, "later");
    },
  ],
])("packTree() fails with source_changed when a file %s after it was listed", async (_what, change) => {
  await using folder = await tempFolder();
  await folder.write({ "in/1": "first", "in/2": "later" });

  const act = pack(folder, { onProgress: ({ bytes }) => bytes === 0 && change(folder.at("in", "2")) });

  await expect(act).rejects.toThrow(expect.objectContaining({ code: "source_changed" }));
});

test("packTree() refuses content and archives over the limit", async () => {
  await using folder = await tempFolder();
  await folder.write({ "in/a": "12345" });

  await expect(pack(folder, { maxBytes: 4 })).rejects.toThrow(expect.objectContaining({ code: "too_large" }));
  await expect(pack(folder, { maxBytes: 100 })).rejects.toThrow(expect.objectContaining({ code: "too_large" }));
  await expect(pack(folder, { maxBytes: 200 })).resolves.toMatchObject({ entries: 1 });
});

test("packTree() calls folders without files empty", async () => {
  await using folder = await tempFolder();
  await mkdir(folder.at("in", "empty", "too"), { recursive: true });

  await expect(pack(folder)).rejects.toThrow(expect.objectContaining({ code: "empty_result" }));
});

test("packTree() reports content bytes from nothing to everything and never backwards", async () => {
  await using folder = await tempFolder();
  await folder.write({ "in/a": text(5 * CHUNK_BYTES), "in/b": randomBytes(3 * CHUNK_BYTES), "in/c": "end" });
  const told: PackProgress[] = [];

  await pack(folder, { onProgress: (progress) => told.push(progress) });

  const total = 8 * CHUNK_BYTES + 3;
  expect(told.at(0)).toEqual({ bytes: 0, total });
  expect(told.at(-1)).toEqual({ bytes: total, total });
  expect(told.map(({ bytes }) => bytes)).toEqual(told.map(({ bytes }) => bytes).toSorted((a, b) => a - b));
  expect(told.length).toBeGreaterThan(5);
});
