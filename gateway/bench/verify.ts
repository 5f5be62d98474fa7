import { execFile, execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type ArchiveEntry, treeHash } from "@modfleet/protocol";
import { ZipFile } from "yazl";
import { z } from "zod";
import { tempFolder } from "../test/archives.ts";
import { type LyingEntry, lyingZip } from "../test/lying-zip.ts";

const MIB = 1024 * 1024;
const TREE_BYTES = 320 * MIB;

const Figures = z.object({
  entries: z.number(),
  unpackedBytes: z.number(),
  seconds: z.number(),
  cpuSeconds: z.number(),
  rssPeak: z.number(),
  delayP99Ms: z.number(),
  delayMaxMs: z.number(),
});

/**
 * Verifies a mod's tree in thousands of files, 70,000 tiny files, 5 GiB stored and deflated, and 300 MB as PyTorrent packed
 * them, each in a process of its own.
 */
export async function run(): Promise<Record<string, unknown>> {
  await using folder = await tempFolder();
  const mixed = await verify(folder.path, mixedTree());
  const many = await verify(folder.path, tinyFiles(70_000));
  const large = await verify(folder.path, [{ path: "large.bin", bytes: 5 * 1024 * MIB, make: noise, compress: false }]);
  const inflated = await verify(folder.path, [{ path: "z.bin", bytes: 5 * 1024 * MIB, make: zeros, compress: true }]);
  const bzip2 = await verifyBzip2(folder.path);
  return {
    mixed,
    many,
    large,
    inflated,
    bzip2,
    reach: { megabytesPerCpuSecond: 100, peakMemoryMebibytes: 200, eventLoopDelayP99Ms: 20 },
  };
}

type File = { path: string; bytes: number; make: (seed: number, bytes: number) => Buffer; compress: boolean };

/** What a large mod holds: many small texts, some hundred textures that shrink badly, a few large assets. */
function* mixedTree(): Generator<File> {
  let left = TREE_BYTES;
  for (let n = 0; left > 0; n += 1) {
    const isLarge = n % 500 === 0;
    const isTexture = n % 7 === 0;
    const bytes = Math.min(left, isLarge ? 6 * MIB : isTexture ? 200 * 1024 + n : 2_000 + ((n * 7_919) % 40_000));
    yield { path: `Mod/${n % 40}/file-${n}.dat`, bytes, make: isTexture ? noise : text, compress: !isTexture };
    left -= bytes;
  }
}

function* tinyFiles(count: number): Generator<File> {
  for (let n = 0; n < count; n += 1) {
    yield { path: `many/${n % 300}/${n}.txt`, bytes: 100 + (n % 900), make: text, compress: true };
  }
}

/** Numbers from a linear congruential generator: the same in every run. */
function noise(seed: number, bytes: number): Buffer {
  const words = new Uint32Array(Math.ceil(bytes / 4));
  let state = seed + 1;
  for (let i = 0; i < words.length; i += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    words[i] = state;
  }
  return Buffer.from(words.buffer, 0, bytes);
}

const zeros = (_seed: number, bytes: number): Buffer => Buffer.alloc(bytes);

const WORDS =
  noise(7, 4_096)
    .toString("base64")
    .match(/.{3,9}/g) ?? [];

/** Lines that shrink to about a third, like a mod's definitions. */
function text(seed: number, bytes: number): Buffer {
  const out = Buffer.alloc(bytes, " ");
  const picks = noise(seed, Math.ceil(bytes / 2));
  for (let at = 0, i = 0; at < bytes; i += 1) {
    at += out.write(`<${WORDS[(picks[i % picks.length] ?? 0) % WORDS.length]}> `, at);
    if (at + 12 >= bytes) break;
  }
  return out;
}

async function verify(folder: string, files: Iterable<File>): Promise<Record<string, unknown>> {
  const path = join(folder, "bench.zip");
  const tree = await writeZip(path, files);
  const { size } = await stat(path);
  const sha256 = createHash("sha256");
  await pipeline(createReadStream(path), sha256);
  return measure([path, String(size), sha256.digest("hex"), tree]);
}

const BZIP2_BYTES = 300e6;

/** Textures and texts by turns, packed by the `bzip2` command. */
async function verifyBzip2(folder: string): Promise<Record<string, unknown>> {
  const kinds = [noise(1, 4 * MIB), text(2, 8 * MIB)].map((content) => ({ content, data: bzip2(content) }));
  const entries: LyingEntry[] = [];
  for (let bytes = 0; bytes < BZIP2_BYTES; ) {
    for (const { content, data } of kinds) {
      entries.push({ name: `Mod/${entries.length}.dat`, content, data, claims: { method: 12 } });
      bytes += data.length;
    }
  }
  const path = join(folder, "bzip2.zip");
  const zip = lyingZip(entries);
  await writeFile(path, zip);
  return measure([path, String(zip.length)]);
}

function bzip2(content: Buffer): Buffer {
  return execFileSync("bzip2", ["-9", "-c"], { input: content, maxBuffer: 2 * content.length });
}

/** Runs `verify-child.ts`. */
async function measure(args: readonly string[]): Promise<Record<string, unknown>> {
  const child = fileURLToPath(new URL("./verify-child.ts", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [child, ...args]);
  const { entries, unpackedBytes, seconds, cpuSeconds, ...rest } = Figures.parse(JSON.parse(stdout));
  return {
    ...{ entries, contentMebibytes: round(unpackedBytes / MIB), archiveMebibytes: round(Number(args[1]) / MIB) },
    ...{ seconds: round(seconds), cpuSeconds: round(cpuSeconds) },
    megabytesPerSecond: round(unpackedBytes / 1e6 / seconds),
    megabytesPerCpuSecond: round(unpackedBytes / 1e6 / cpuSeconds),
    peakMemoryMebibytes: round(rest.rssPeak / MIB),
    eventLoopDelayP99Ms: round(rest.delayP99Ms),
    eventLoopDelayMaxMs: round(rest.delayMaxMs),
  };
}

const round = (value: number): number => Math.round(value * 10) / 10;

/** Writes the files one after another and gives their tree hash. */
async function writeZip(path: string, files: Iterable<File>): Promise<string> {
  const zip = new ZipFile();
  const written = pipeline(zip.outputStream, createWriteStream(path));
  const entries: ArchiveEntry[] = [];
  let seed = 0;
  for (const { path: name, bytes, make, compress } of files) {
    seed += 1;
    const sha256 = createHash("sha256");
    const added = Promise.withResolvers<void>();
    const pieces = hashed(pieceByPiece(bytes, make, seed), sha256, added.resolve);
    zip.addReadStream(Readable.from(pieces), name, { compress, size: bytes, mtime: new Date(0) });
    await Promise.race([added.promise, written]);
    entries.push({ path: name, size: bytes, sha256: sha256.digest("hex") });
  }
  zip.end();
  await written;
  return treeHash(entries, createHash("sha256"));
}

function* pieceByPiece(bytes: number, make: File["make"], seed: number): Generator<Buffer> {
  if (bytes <= 8 * MIB) return yield make(seed, bytes);
  const piece = make(seed, MIB);
  for (let left = bytes; left > 0; left -= MIB) yield piece.subarray(0, Math.min(MIB, left));
}

function* hashed(
  pieces: Iterable<Buffer>,
  hash: { update(piece: Buffer): unknown },
  done: () => void,
): Generator<Buffer> {
  for (const piece of pieces) {
    hash.update(piece);
    yield piece;
  }
  done();
}
