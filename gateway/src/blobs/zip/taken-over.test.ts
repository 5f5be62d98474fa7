import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { treeHash } from "@modfleet/protocol";
import { expect, test } from "vitest";
import { honestZip, sha256Of, tempFolder, treeOf, writeArchive } from "../../../test/archives.ts";
import { bzip2Contents, bzip2Fixture } from "../../../test/bzip2.ts";
import { descriptor, type LyingEntry, lyingZip } from "../../../test/lying-zip.ts";
import { KIB_256, piecesOf, zipOf } from "../../../test/pieces.ts";
import type { Inspected } from "../verify-archive.ts";
import { inspectArchive } from "./inspect-archive.ts";

async function inspect(zip: Buffer, maxUnpackedBytes?: number): Promise<Inspected> {
  await using folder = await tempFolder();
  const { path, bytes } = await writeArchive(folder.path, zip);
  const limit = maxUnpackedBytes === undefined ? {} : { maxUnpackedBytes };
  return inspectArchive({ path, bytes, takenOver: true, ...limit }, () => {});
}

const faultOf = async (zip: Buffer, limit?: number) => {
  const verdict = await inspect(zip, limit);
  return verdict.ok ? "none" : verdict.fault;
};

const HELLO = "hello, bzip2\n";
/** An honest entry, or one that lies as told. */
const packed = ({ claims, ...lies }: Partial<LyingEntry> = {}): LyingEntry => ({
  name: "a.txt",
  content: HELLO,
  data: bzip2Fixture("hello.bz2"),
  claims: { method: 12, ...claims },
  ...lies,
});

test.each(["plain.zip", "odd-names.zip"])("inspectArchive() finds what Python packed into %s", async (name) => {
  const zip = bzip2Fixture(name);
  const entries = bzip2Contents(name);

  const verdict = await inspect(zip);

  expect(verdict).toEqual({
    ok: true,
    entries,
    sha256: sha256Of(zip),
    tree: treeHash(entries, createHash("sha256")),
    unpackedBytes: entries.reduce((sum, { size }) => sum + size, 0),
    pieces: piecesOf(zip),
  });
});

test.each([KIB_256, 5 * KIB_256 + 1])("inspectArchive() hashes the pieces of %d bytes taken over", async (size) => {
  const { zip } = await zipOf(size);

  expect(await inspect(zip)).toMatchObject({ ok: true, pieces: piecesOf(zip) });
});

test("inspectArchive() reads ZIP64 as Python writes it", async () => {
  expect(await inspect(bzip2Fixture("zip64.zip"))).toMatchObject({ ok: true, unpackedBytes: 4_000 });
});

test("inspectArchive() lets an archive taken over have no file", async () => {
  expect(await inspect(bzip2Fixture("nothing.zip"))).toMatchObject({ ok: true, entries: [], unpackedBytes: 0 });
});

test("inspectArchive() lets archives taken over have any method that we read", async () => {
  const files = { "a.txt": "deflated ".repeat(100), "b.txt": "b" };

  expect(await inspect(await honestZip(files))).toMatchObject({ ok: true, tree: treeOf(files) });
});

test.each([
  ["plain.zip", "method"],
  ["nothing.zip", "empty_archive"],
])("inspectArchive() refuses %s from agents: %s", async (name, fault) => {
  await using folder = await tempFolder();
  const archive = await writeArchive(folder.path, bzip2Fixture(name));

  const verdict = await inspectArchive({ ...archive, tree: "0".repeat(64) }, () => {});

  expect(verdict).toMatchObject({ ok: false, code: "unsafe_content", fault });
});

test.each<[string, string, Buffer]>([
  ["honest", "none", lyingZip([packed()])],
  [
    "honest with a descriptor",
    "none",
    lyingZip([packed({ claims: { flags: 0x0808 }, behind: descriptor(HELLO, 55) })]),
  ],
  ["damaged", "bad_bzip2", lyingZip([packed({ data: Buffer.from(bzip2Fixture("hello.bz2")).fill(0, 30, 32) })])],
  ["cut short", "bad_bzip2", lyingZip([packed({ data: bzip2Fixture("hello.bz2").subarray(0, 40) })])],
  ["no bzip2 at all", "bad_bzip2", lyingZip([packed({ data: Buffer.alloc(50, 7) })])],
  [
    "with bytes behind its stream",
    "hidden_data",
    lyingZip([packed({ data: Buffer.concat([bzip2Fixture("hello.bz2"), Buffer.from("!")]) })]),
  ],
  ["longer than it says", "bomb", lyingZip([packed({ claims: { size: 5 } })])],
  ["shorter than it says", "size_lies", lyingZip([packed({ claims: { size: 14 } })])],
  ["with another checksum", "crc", lyingZip([packed({ claims: { crc: 1 } })])],
  ["a gigabyte that says a byte", "bomb", lyingZip([packed({ data: bzip2Fixture("zeros-1gib.bz2"), content: "\0" })])],
  ["of a method that nobody reads", "method", lyingZip([packed({ claims: { method: 14 } })])],
  ["stored as bzip2", "bad_bzip2", lyingZip([packed({ data: Buffer.from(HELLO) })])],
  ["twice there", "duplicate_name", lyingZip([packed(), packed()])],
  ["a file and a folder", "file_is_folder", lyingZip([packed(), packed({ name: "a.txt/b" })])],
  ["climbing out", "traversal", lyingZip([packed({ name: "a/../../b" })])],
  ["absolute", "absolute", lyingZip([packed({ name: "/etc/passwd" })])],
  ["named with a NUL", "control_character", lyingZip([packed({ name: "a\0b" })])],
  ["named with nothing between slashes", "bad_name", lyingZip([packed({ name: "a//b" })])],
  [
    "named in no known encoding",
    "bad_name",
    lyingZip([packed({ name: Buffer.from([0xff, 0xfe]), claims: { flags: 0 } })]),
  ],
])("inspectArchive() judges a bzip2 entry that is %s: %s", async (_what, fault, zip) => {
  expect(await faultOf(zip)).toBe(fault);
});

test("inspectArchive() unpacks no more than its limit allows, however honest the archive is", async () => {
  const size = 2 ** 30;
  const crc = crc32(Buffer.alloc(0));
  const zip = lyingZip([packed({ data: bzip2Fixture("zeros-1gib.bz2"), claims: { size, crc } })]);

  expect(await faultOf(zip, size - 1)).toBe("too_large");
});

test("inspectArchive() says of each way to cut an archive off that it is damaged", async () => {
  const zip = bzip2Fixture("odd-names.zip");

  for (let length = 0; length < zip.length; length += 61) {
    expect(["not_a_zip", "truncated", "trailing_data"]).toContain(await faultOf(zip.subarray(0, length)));
  }
});
