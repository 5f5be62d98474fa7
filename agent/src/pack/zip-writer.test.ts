import { openSync, readSync } from "node:fs";
import { crc32, deflateRawSync } from "node:zlib";
import { execa } from "execa";
import { expect, test } from "vitest";
import { listZip } from "../../test/read-zip.ts";
import { tempFolder } from "../../test/temp-folder.ts";
import { createOutputFile } from "./output-file.ts";
import { DEFLATED, STORED } from "./zip-records.ts";
import { createZipWriter, type Sink } from "./zip-writer.ts";

const GIB = 1024 ** 3;
const ENTRY = {
  path: "a",
  executable: false,
  method: STORED,
  size: 3,
  known: { crc: crc32("abc"), packed: 3 },
} as const;

function memorySink(): Sink & { pieces: Buffer[] } {
  const pieces: Buffer[] = [];
  return {
    pieces,
    get bytes() {
      return pieces.reduce((sum, piece) => sum + piece.length, 0);
    },
    append: (piece) => pieces.push(Buffer.from(piece)),
  };
}

/** Pretends that this much was written before, without writing it. */
const shifted = (sink: Sink, by: number): Sink => ({
  get bytes() {
    return sink.bytes + by;
  },
  append: (piece) => sink.append(piece),
});

test("createZipWriter() writes an entry over 4 GiB whose packed size is not known before, as readers expect it", async () => {
  await using folder = await tempFolder();
  const output = createOutputFile(folder.at("big.zip"), 1e9);
  const zip = createZipWriter(output);
  const zeros = deflateRawSync(Buffer.alloc(64 * 1024 * 1024), { finishFlush: 2 });
  const size = 65 * 64 * 1024 * 1024;

  zip.begin({ path: "zeros", executable: false, method: DEFLATED, size, known: null });
  for (let i = 0; i < 65; i += 1) zip.append(Buffer.from(zeros));
  zip.append(Buffer.from([3, 0]));
  zip.end(0x12345678);
  zip.begin(ENTRY);
  zip.append(Buffer.from("abc"));
  zip.end(ENTRY.known.crc);
  zip.finish();
  output.finish();

  const [big, small] = await listZip(folder.at("big.zip"));
  expect([big?.uncompressedSize, big?.compressedSize]).toEqual([size, zeros.length * 65 + 2]);
  expect(small?.uncompressedSize).toBe(3);
  const python = await execa("python3", [
    "-c",
    "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); print([i.file_size for i in z.infolist()], z.read('a'))",
    folder.at("big.zip"),
  ]);
  expect(python.stdout).toBe(`[${size}, 3] b'abc'`);
});

test("createZipWriter() writes a stored entry over 4 GiB with its sizes before its data", () => {
  const sink = memorySink();
  const zip = createZipWriter(sink);

  zip.begin({ ...ENTRY, size: 5 * GIB, known: { crc: 7, packed: 5 * GIB } });

  const header = Buffer.concat(sink.pieces);
  expect(header.readUInt16LE(4)).toBe(45);
  expect(header.readUInt32LE(18)).toBe(0xffffffff);
  expect(header.readUInt32LE(22)).toBe(0xffffffff);
  expect(header.readBigUInt64LE(30 + 1 + 4)).toBe(BigInt(5 * GIB));
  expect(header.readBigUInt64LE(30 + 1 + 12)).toBe(BigInt(5 * GIB));
});

test("createZipWriter() says where an entry beyond 4 GiB begins", () => {
  const sink = memorySink();
  const zip = createZipWriter(shifted(sink, 6 * GIB));

  zip.begin(ENTRY);
  zip.append(Buffer.from("abc"));
  zip.end(ENTRY.known.crc);
  zip.finish();

  const all = Buffer.concat(sink.pieces);
  const central = all.indexOf("PK\x01\x02");
  expect(all.readUInt32LE(central + 42)).toBe(0xffffffff);
  expect(all.readBigUInt64LE(central + 46 + 1 + 4)).toBe(BigInt(6 * GIB));
  const end64 = all.indexOf("PK\x06\x06");
  expect(all.readBigUInt64LE(end64 + 48)).toBe(BigInt(6 * GIB + central));
  expect(all.readBigUInt64LE(all.indexOf("PK\x06\x07") + 8)).toBe(BigInt(6 * GIB + end64));
});

test("createZipWriter() writes no ZIP64 and no descriptor where none is needed", async () => {
  await using folder = await tempFolder();
  const output = createOutputFile(folder.at("small.zip"), 1e9);
  const zip = createZipWriter(output);

  zip.begin(ENTRY);
  zip.append(Buffer.from("abc"));
  zip.end(ENTRY.known.crc);
  zip.finish();
  output.finish();

  const bytes = Buffer.alloc(output.bytes);
  readSync(openSync(folder.at("small.zip"), "r"), bytes);
  expect(bytes.length).toBe(30 + 1 + 3 + 46 + 1 + 22);
  expect(bytes.readUInt16LE(4)).toBe(20);
  expect(bytes.readUInt16LE(6)).toBe(0x800);
});

test("createZipWriter() throws when it is given other data than it was promised", () => {
  const begun = () => {
    const zip = createZipWriter(memorySink());
    zip.begin(ENTRY);
    return zip;
  };

  expect(() => begun().end(ENTRY.known.crc)).toThrow("other data");
  expect(() => begun().begin(ENTRY)).toThrow("not ended");
  expect(() => createZipWriter(memorySink()).append(Buffer.from("x"))).toThrow("No entry");
});
