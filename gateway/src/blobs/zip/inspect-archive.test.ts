import { rm, truncate } from "node:fs/promises";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { honestZip, sha256Of, tempFolder, treeOf, writeArchive } from "../../../test/archives.ts";
import { descriptor, extraField, lyingZip, MODE, u64 } from "../../../test/lying-zip.ts";
import { KIB_256, piecesOf, zipOf } from "../../../test/pieces.ts";
import { inspectArchive } from "./inspect-archive.ts";

let folder = "";
beforeAll(async () => {
  folder = (await tempFolder()).path;
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const ignore = () => undefined;
const noise = Buffer.from(Array.from({ length: 3_000_000 }, (_, i) => (i * 2_654_435_761) >>> 13));
const zeros = Buffer.alloc(3_000_000);

async function inspect(zip: Buffer, files: Readonly<Record<string, Buffer | string>>) {
  return inspectArchive({ ...(await writeArchive(folder, zip)), tree: treeOf(files) }, ignore);
}

const segment = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: 6 })
  .map((text) => `f${text.replace(/[/\\.\s\p{C}]/gu, "_")}x`);
const filePath = fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts, i = 0) => `${parts.join("/")}${i}`);
const content = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.nat(4_000).map((length) => new Uint8Array(length)),
);

test("inspectArchive() accepts whatever yazl writes and finds each file's size and hash", async () => {
  const trees = fc.array(fc.tuple(filePath, content), { minLength: 1, maxLength: 12 });
  const options = fc.record({ compress: fc.boolean(), zip64: fc.boolean() });

  await fc.assert(
    fc.asyncProperty(trees, options, async (files, how) => {
      // The number in front keeps names apart that fold to the same.
      const tree = Object.fromEntries(files.map(([path, bytes], index) => [`${index}/${path}`, bytes]));
      const written = await writeArchive(folder, await honestZip(tree, how));

      const verdict = await inspectArchive({ ...written, tree: treeOf(tree) }, ignore);

      expect(verdict).toMatchObject({ ok: true, tree: treeOf(tree) });
      const found = verdict.ok ? verdict.entries.map(({ path, size, sha256 }) => [path, size, sha256]) : [];
      const wanted = Object.entries(tree).map(([path, bytes]) => [path, bytes.length, sha256Of(bytes)]);
      expect(new Map(found.map((row) => [row[0], row]))).toEqual(new Map(wanted.map((row) => [row[0], row])));
    }),
    { numRuns: 60 },
  );
});

test("inspectArchive() refuses an archive in which any one bit was flipped on the way", async () => {
  const zip = await honestZip({ "a.txt": "hello hello hello", "b/c.txt": "x" });
  const written = await writeArchive(folder, zip);

  await fc.assert(
    fc.asyncProperty(fc.nat(zip.length * 8 - 1), async (bit) => {
      const changed = Buffer.from(zip);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const { path } = await writeArchive(folder, changed);

      expect(await inspectArchive({ ...written, path, tree: treeOf({}) }, ignore)).toMatchObject({
        ok: false,
        code: "hash_mismatch",
        fault: "sha256_differs",
      });
    }),
    { numRuns: 60 },
  );
});

test("inspectArchive() survives any bytes that look like a zip", async () => {
  const zip = await honestZip({ "a.txt": "hello hello hello", "b/c.txt": "x" });

  await fc.assert(
    fc.asyncProperty(fc.nat(zip.length - 1), fc.uint8Array({ minLength: 1, maxLength: 8 }), async (at, bytes) => {
      const changed = Buffer.from(zip);
      changed.set(bytes.slice(0, zip.length - at), at);

      const verdict = await inspect(changed, {});

      expect(verdict).toMatchObject({ ok: false });
      expect(verdict).not.toMatchObject({ code: "internal" });
    }),
    { numRuns: 150 },
  );
});

test("inspectArchive() sorts entries by path and counts unpacked bytes", async () => {
  const files = { "b.txt": "bb", "a/z.txt": "z", "a.txt": "" };

  const verdict = await inspect(await honestZip(files), files);

  expect(verdict).toMatchObject({ ok: true, unpackedBytes: 3 });
  expect(verdict.ok && verdict.entries.map(({ path }) => path)).toEqual(["a.txt", "a/z.txt", "b.txt"]);
});

test.each([
  ["stored", { compress: false }],
  ["deflated", { compress: true }],
  ["in ZIP64", { compress: true, zip64: true }],
])("inspectArchive() checks large entries that are %s", async (_how, options) => {
  const files = { "noise.bin": noise, "zeros.bin": zeros, "small.txt": "x" };

  const verdict = await inspect(await honestZip(files, options), files);

  expect(verdict).toMatchObject({ ok: true, unpackedBytes: 6_000_001 });
});

test.each([1_000, KIB_256 - 1, KIB_256, KIB_256 + 1, 2 * KIB_256, 7 * KIB_256 + 99_999])(
  "inspectArchive() hashes the pieces of an archive of %d bytes",
  async (size) => {
    const { zip, files } = await zipOf(size);

    const verdict = await inspect(zip, files);

    expect(zip.length).toBe(size);
    expect(verdict).toMatchObject({ ok: true, pieces: piecesOf(zip) });
  },
);

test("inspectArchive() leaves folders out of manifest and tree", async () => {
  const attributes = (MODE.folder << 16) >>> 0;
  const zip = lyingZip([
    { name: "empty/", attributes },
    { name: "mod/", attributes },
    { name: "mod/a", content: "x" },
  ]);

  const verdict = await inspect(zip, { "mod/a": "x" });

  expect(verdict.ok && verdict.entries.map(({ path }) => path)).toEqual(["mod/a"]);
});

test("inspectArchive() accepts entries that stand in another order than the directory's", async () => {
  const [a, b] = [lyingZip([{ name: "a", content: "1" }]), lyingZip([{ name: "b", content: "2" }])];
  const data = Buffer.concat([a.subarray(0, 32), b.subarray(0, 32)]);
  const zip = lyingZip(
    [
      { name: "b", content: "2", offset: 32 },
      { name: "a", content: "1", offset: 0 },
    ],
    {},
  );
  const reordered = Buffer.concat([data, zip.subarray(64)]);

  expect(await inspect(reordered, { a: "1", b: "2" })).toMatchObject({ ok: true });
});

test.each([
  { signed: true, long: false },
  { signed: false, long: false },
  { signed: true, long: true },
  { signed: false, long: true },
])("inspectArchive() accepts a true descriptor: %o", async (form) => {
  const flags = 0x0808;
  const local = { crc: 0, size: 0, compressed: 0 };
  const zip = lyingZip([{ name: "a", content: "xyz", claims: { flags }, local, behind: descriptor("xyz", 3, form) }]);

  expect(await inspect(zip, { a: "xyz" })).toMatchObject({ ok: true });
});

test("inspectArchive() accepts a local header whose sizes stand in its ZIP64 field", async () => {
  const extra = extraField(0x0001, Buffer.concat([u64(3), u64(3)]));
  const zip = lyingZip([{ name: "a", content: "xyz", local: { size: 0xffffffff, compressed: 0xffffffff, extra } }]);

  expect(await inspect(zip, { a: "xyz" })).toMatchObject({ ok: true });
});

test("inspectArchive() refuses another tree than the agent reported", async () => {
  const zip = await honestZip({ "a.txt": "x" });

  expect(await inspect(zip, { "a.txt": "y" })).toMatchObject({
    ok: false,
    code: "hash_mismatch",
    fault: "tree_differs",
  });
});

test("inspectArchive() refuses another size than the agent reported", async () => {
  const written = await writeArchive(folder, await honestZip({ "size.txt": "x" }));
  await truncate(written.path, written.bytes - 1);

  const verdict = await inspectArchive({ ...written, tree: treeOf({}) }, ignore);

  expect(verdict).toMatchObject({ ok: false, code: "hash_mismatch", fault: "size_differs" });
});

test("inspectArchive() blames nobody for a file it cannot open", async () => {
  const input = { path: `${folder}/missing.zip`, sha256: sha256Of(""), bytes: 1, tree: treeOf({}) };

  expect(await inspectArchive(input, ignore)).toMatchObject({ ok: false, code: "internal", fault: "unreadable" });
});
