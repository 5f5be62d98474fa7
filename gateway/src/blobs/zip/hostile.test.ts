import { rm } from "node:fs/promises";
import { deflateRawSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { tempFolder, treeOf, writeArchive } from "../../../test/archives.ts";
import { descriptor, extraField, type LyingEntry, lyingZip, MODE, u16, u32, u64 } from "../../../test/lying-zip.ts";
import type { ArchiveFault } from "../verify-archive.ts";
import { inspectArchive } from "./inspect-archive.ts";

let folder = "";
beforeAll(async () => {
  folder = (await tempFolder()).path;
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Inspects bytes about which the agent told the truth as far as hash and size go. */
async function inspect(zip: Buffer, options: { tree?: string; maxUnpackedBytes?: number } = {}) {
  const tree = options.tree ?? treeOf({});
  return inspectArchive({ ...(await writeArchive(folder, zip)), ...options, tree }, () => undefined);
}

const faultOf = async (zip: Buffer, options: { maxUnpackedBytes?: number } = {}) => {
  const verdict = await inspect(zip, options);
  return verdict.ok ? "none" : verdict.fault;
};

const named = (name: string | Buffer): LyingEntry => ({ name, content: "x" });
const mode = (bits: number): number => (bits << 16) >>> 0;
const text = "some text that shrinks, some text that shrinks, some text that shrinks";
const deflated = deflateRawSync(Buffer.from(text));
const zeros = Buffer.alloc(3 * 1024 * 1024);
const noise = Buffer.from(Array.from({ length: 3 * 1024 * 1024 }, (_, i) => (i * 2_654_435_761) >>> 13));
const one = lyingZip([named("a.txt")]);

const bad: readonly (readonly [what: string, zip: Buffer, fault: ArchiveFault])[] = [
  // names
  ["a path that climbs out", lyingZip([named("mod/../../etc/passwd")]), "traversal"],
  ["a dot segment", lyingZip([named("./a")]), "traversal"],
  ["an absolute path", lyingZip([named("/etc/passwd")]), "absolute"],
  ["a drive letter", lyingZip([named("C:/boot.ini")]), "drive_letter"],
  ["backslashes", lyingZip([named("a\\..\\b")]), "backslash"],
  ["a NUL", lyingZip([named("a.txt\0.exe")]), "control_character"],
  ["a reserved name", lyingZip([named("mod/Aux.txt")]), "reserved_name"],
  ["a trailing dot", lyingZip([named("mod/a.")]), "bad_name"],
  ["an empty name", lyingZip([named("")]), "bad_name"],
  ["an empty segment", lyingZip([named("a//b")]), "bad_name"],
  ["a name of 1,025 bytes", lyingZip([named(`${"ä".repeat(512)}a`)]), "bad_name"],
  ["a name that is not UTF-8", lyingZip([named(Buffer.from([0x61, 0xff]))]), "bad_name"],
  ["a name in some code page", lyingZip([{ ...named(Buffer.from([0x61, 0x84])), claims: { flags: 0 } }]), "bad_name"],
  ["the same name twice", lyingZip([named("a"), named("a")]), "duplicate_name"],
  ["names that differ in case", lyingZip([named("Mod/Readme"), named("mod/README")]), "duplicate_name"],
  ["names that differ in normalization", lyingZip([named("\u00e9"), named("e\u0301")]), "duplicate_name"],
  [
    "a folder called like a file",
    lyingZip([named("A"), { name: "a/", attributes: mode(MODE.folder) }]),
    "duplicate_name",
  ],
  ["a file inside a file", lyingZip([named("mod"), named("Mod/a/b")]), "file_is_folder"],
  [
    "a second name",
    lyingZip([{ ...named("a"), claims: { extra: extraField(0x7075, Buffer.from("b")) } }]),
    "alternate_name",
  ],
  ["a second name only locally", lyingZip([{ ...named("a"), local: { extra: extraField(0x7075) } }]), "alternate_name"],
  // kinds
  ["a symlink", lyingZip([{ name: "a", content: "/etc/passwd", attributes: mode(MODE.symlink) }]), "symlink"],
  [
    "a symlink from another system",
    lyingZip([{ ...named("a"), attributes: mode(MODE.symlink), madeBy: 20 }]),
    "symlink",
  ],
  ["a symlink in an extra field", lyingZip([{ ...named("a"), claims: { extra: extraField(0x756e) } }]), "symlink"],
  ["a device", lyingZip([{ name: "a", attributes: mode(MODE.device) }]), "device"],
  ["a pipe", lyingZip([{ name: "a", attributes: mode(MODE.fifo) }]), "device"],
  ["a folder with content", lyingZip([{ ...named("a/"), attributes: mode(MODE.folder) }]), "folder_with_content"],
  ["a folder without a slash", lyingZip([{ name: "a", attributes: mode(MODE.folder) }]), "bad_name"],
  // reading
  ["an encrypted entry", lyingZip([{ ...named("a"), claims: { flags: 0x0801 } }]), "encrypted"],
  ["strong encryption", lyingZip([{ ...named("a"), claims: { flags: 0x0841 } }]), "encrypted"],
  ["AES", lyingZip([{ ...named("a"), claims: { extra: extraField(0x9901) } }]), "encrypted"],
  ["an unknown method", lyingZip([{ ...named("a"), claims: { method: 12 } }]), "method"],
  ["patch data", lyingZip([{ ...named("a"), claims: { flags: 0x0820 } }]), "method"],
  ["a wrong CRC", lyingZip([{ ...named("a"), claims: { crc: 1 } }]), "crc"],
  ["a wrong CRC of a large entry", lyingZip([{ name: "a", content: noise, deflate: true, claims: { crc: 1 } }]), "crc"],
  ["a bomb", lyingZip([{ name: "a", content: zeros, deflate: true, claims: { size: 1_000 } }]), "bomb"],
  ["a large bomb", lyingZip([{ name: "a", content: zeros, deflate: true, claims: { size: 2_000_000 } }]), "bomb"],
  [
    "a size that is too large",
    lyingZip([{ name: "a", content: text, deflate: true, claims: { size: 90 } }]),
    "size_lies",
  ],
  ["a stored size that differs", lyingZip([{ ...named("a"), claims: { size: 2 } }]), "size_lies"],
  [
    "deflate that is none",
    lyingZip([{ name: "a", content: text, deflate: true, data: Buffer.alloc(20, 7) }]),
    "bad_deflate",
  ],
  [
    "deflate that breaks off",
    lyingZip([{ name: "a", content: text, deflate: true, data: deflated.subarray(0, -4) }]),
    "bad_deflate",
  ],
  [
    "bytes behind a deflate stream",
    lyingZip([{ name: "a", content: text, deflate: true, data: Buffer.concat([deflated, one]) }]),
    "hidden_data",
  ],
  [
    "bytes behind a large deflate stream",
    lyingZip([{ name: "a", content: noise, deflate: true, data: Buffer.concat([deflateRawSync(noise), one]) }]),
    "hidden_data",
  ],
  // local header ≠ central directory
  ["another local name", lyingZip([{ ...named("a"), local: { name: "b" } }]), "local_header_differs"],
  ["another local method", lyingZip([{ ...named("a"), local: { method: 8 } }]), "local_header_differs"],
  ["other local flags", lyingZip([{ ...named("a"), local: { flags: 0 } }]), "local_header_differs"],
  ["another local time", lyingZip([{ ...named("a"), local: { time: 9 } }]), "local_header_differs"],
  ["another local CRC", lyingZip([{ ...named("a"), local: { crc: 9 } }]), "local_header_differs"],
  ["another local size", lyingZip([{ ...named("a"), local: { size: 0 } }]), "local_header_differs"],
  [
    "ZIP64 sizes that are not there",
    lyingZip([{ ...named("a"), local: { size: 0xffffffff } }]),
    "local_header_differs",
  ],
  [
    "a broken local extra field",
    lyingZip([{ ...named("a"), local: { extra: Buffer.from([1, 0, 9, 0]) } }]),
    "local_header_differs",
  ],
  ["no local header", lyingZip([named("a"), { ...named("b"), offset: 1 }]), "overlap"],
  [
    "a lying descriptor",
    lyingZip([{ ...named("a"), claims: { flags: 0x0808 }, behind: descriptor("y", 1) }]),
    "descriptor_differs",
  ],
  ["a missing descriptor", lyingZip([{ ...named("a"), claims: { flags: 0x0808 } }]), "hidden_data"],
  // overlaps and hidden bytes
  ["two entries on one place", lyingZip([named("a"), { ...named("b"), offset: 0 }]), "overlap"],
  [
    "an entry inside another",
    lyingZip([
      { name: "a", content: lyingZip([named("b")]) },
      { ...named("b"), offset: 31 },
    ]),
    "overlap",
  ],
  [
    "an entry that reaches into the directory",
    lyingZip([{ ...named("a"), claims: { size: 90, compressed: 90 } }]),
    "overlap",
  ],
  ["a prefix", lyingZip([named("a")], { prefix: Buffer.from("MZ") }), "hidden_data"],
  ["another archive in front", lyingZip([named("a")], { prefix: one }), "hidden_data"],
  ["bytes between entries", lyingZip([{ ...named("a"), behind: Buffer.from("hidden") }, named("b")]), "hidden_data"],
  ["bytes before the directory", lyingZip([named("a")], { beforeDirectory: Buffer.alloc(9) }), "hidden_data"],
  ["an entry that the directory omits", lyingZip([named("a"), named("b")], { end: { count: 1 } }), "hidden_data"],
  ["bytes in the directory", lyingZip([named("a")], { beforeEnd: Buffer.alloc(9) }), "hidden_data"],
  [
    "bytes behind the directory",
    lyingZip([named("a")], { beforeEnd: Buffer.alloc(9), end: { bytes: 47 } }),
    "hidden_data",
  ],
  ["appended data", lyingZip([named("a")], { suffix: Buffer.from("tail") }), "trailing_data"],
  ["an appended archive", lyingZip([named("a")], { suffix: one }), "hidden_data"],
  ["an archive in the comment", lyingZip([named("a")], { comment: one }), "hidden_data"],
  ["a comment", lyingZip([named("a")], { comment: Buffer.from("hello") }), "trailing_data"],
  // the container
  ["nothing", Buffer.alloc(0), "not_a_zip"],
  ["something else", Buffer.from("Rar!".repeat(99)), "not_a_zip"],
  ["a truncated archive", one.subarray(0, -23), "truncated"],
  ["a truncated end record", one.subarray(0, -1), "trailing_data"],
  ["several disks", lyingZip([named("a")], { end: { disk: 1 } }), "split_archive"],
  ["entries on another disk", lyingZip([named("a")], { end: { countOnDisk: 0 } }), "split_archive"],
  ["fewer entries than announced", lyingZip([named("a")], { end: { count: 2 } }), "bad_central_directory"],
  ["a directory beyond the end", lyingZip([named("a")], { end: { start: 9_999 } }), "bad_central_directory"],
  ["a directory that is none", lyingZip([named("a")], { end: { start: 3, bytes: 76 } }), "bad_central_directory"],
  ["no entries", lyingZip([]), "empty_archive"],
  ["only folders", lyingZip([{ name: "a/", attributes: mode(MODE.folder) }]), "empty_archive"],
];

test.each(bad)("inspectArchive() refuses %s", async (_what, zip, fault) => {
  expect(await faultOf(zip)).toBe(fault);
});

/** An end record that is short and long; `short` and `long` are what each says. */
function zip64End(zip: Buffer, short: Record<number, Buffer>, count: number): Buffer {
  const endAt = zip.length - 22;
  const end = Buffer.from(zip.subarray(endAt));
  const [bytes, start] = [end.readUInt32LE(12), end.readUInt32LE(16)];
  const record = [u32(0x06064b50), u64(44), u16(45), u16(45), u32(0), u32(0), ...[count, count, bytes, start].map(u64)];
  const locator = [u32(0x07064b50), u32(0), u64(endAt), u32(1)];
  for (const [at, value] of Object.entries(short)) value.copy(end, Number(at));
  return Buffer.concat([zip.subarray(0, endAt), ...record, ...locator, end]);
}

test("inspectArchive() reads ZIP64 end records that agree with the short one", async () => {
  const zip = zip64End(one, { 8: u16(0xffff), 10: u16(0xffff), 16: u32(0xffffffff) }, 1);

  expect(await inspect(zip, { tree: treeOf({ "a.txt": "x" }) })).toMatchObject({ ok: true, unpackedBytes: 1 });
});

test("inspectArchive() refuses two end records that differ", async () => {
  expect(await faultOf(zip64End(one, {}, 2))).toBe("bad_central_directory");
});

test("inspectArchive() refuses more entries than the limit before it reads them", async () => {
  expect(await faultOf(zip64End(one, { 8: u16(0xffff), 10: u16(0xffff) }, 1_000_001))).toBe("too_many_entries");
});

test("inspectArchive() refuses more unpacked bytes than the limit, as too large", async () => {
  const zip = lyingZip([{ name: "a", content: zeros, deflate: true }]);

  const verdict = await inspect(zip, { maxUnpackedBytes: 1_000_000 });

  expect(verdict).toMatchObject({ ok: false, code: "too_large", fault: "too_large" });
});

test("inspectArchive() makes names in its detail safe to print", async () => {
  const verdict = await inspect(lyingZip([named("a\n\u001b[31m\u202eb")]));

  expect(verdict).toMatchObject({ ok: false, code: "unsafe_content", detail: "a\ufffd\ufffd[31m\ufffdb" });
});
