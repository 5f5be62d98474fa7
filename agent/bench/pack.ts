import { appendFile, mkdir, rm, stat, symlink } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { z } from "zod";
import { type TempFolder, tempFolder } from "../test/temp-folder.ts";
import { testZip } from "../test/zip-testers.ts";
import { createRandom, writeMixedTree } from "./mixed-tree.ts";

const MIB = 1024 ** 2;
const ROUNDS = 2;
const CHILD = fileURLToPath(new URL("./pack-child.ts", import.meta.url));

const ChildFigures = z.object({ seconds: z.number(), peakBytes: z.number(), bytes: z.number(), entries: z.number() });
type ChildFigures = z.infer<typeof ChildFigures>;

/** Every file below a folder as python's zipfile writes it with bzip2: ROOT TARGET. */
const PYTHON = `
import os, sys, zipfile
with zipfile.ZipFile(sys.argv[2], "w", zipfile.ZIP_BZIP2) as archive:
    for folder, _, names in os.walk(sys.argv[1]):
        for name in names:
            archive.write(os.path.join(folder, name))
`;

/**
 * Folder to zip: a mixed tree against python's bzip2 and 7z in turns, best of two; 70,000 files; one file of 5 GiB. Peak memory is
 * that of the whole process, and every archive goes through the testers that are installed.
 */
export async function run() {
  await using folder = await tempFolder();
  const tree = await writeMixedTree(folder.at("tree"));
  const rivals = await race(folder);
  const testers = await testZip(folder.at("own.zip"));
  const many = await packMany(folder);
  const large = await packLarge(folder);
  const { own, seven, python } = rivals;
  return {
    tree,
    megabytesPerSecond: round(tree.bytes / 1e6 / own.seconds),
    seconds: { own: round(own.seconds), sevenZip: round(seven), pythonBzip2: round(python) },
    timesSevenZip: seven && round(seven / own.seconds),
    timesPythonBzip2: python && round(python / own.seconds),
    archiveBytes: {
      own: own.bytes,
      sevenZip: await sizeOf(folder.at("seven.zip")),
      pythonBzip2: await sizeOf(folder.at("python.zip")),
    },
    peakMebibytes: { mixed: round(own.peakBytes / MIB), many: many.peakMebibytes, large: large.peakMebibytes },
    testers: { mixed: testers, many: many.testers, large: large.testers },
    ...{ many, large },
    reach: { timesSevenZip: 1.2, timesPythonBzip2: 3, peakMebibytes: 200 },
  };
}

/** In turns, so that a busy machine is busy for all. */
async function race(folder: TempFolder) {
  const own: ChildFigures[] = [];
  const seven: (number | null)[] = [];
  const python: (number | null)[] = [];
  for (let i = 0; i < ROUNDS; i += 1) {
    own.push(await packInChild(folder.at("tree"), folder.at("own.zip")));
    await rm(folder.at("seven.zip"), { force: true });
    const options = ["a", "-tzip", "-mx=6", "-bd", "-bso0"];
    seven.push(await timed("7z", [...options, folder.at("seven.zip"), "."], folder.at("tree")));
    python.push(await timed("python3", ["-c", PYTHON, ".", folder.at("python.zip")], folder.at("tree")));
  }
  return { own: bestOf(own), seven: least(seven), python: least(python) };
}

/** The shortest time and the highest memory of all rounds; the archives are the same. */
function bestOf(rounds: readonly ChildFigures[]): ChildFigures {
  const [first] = rounds;
  if (!first) throw new Error("No round was run");
  const seconds = Math.min(...rounds.map((one) => one.seconds));
  return { ...first, seconds, peakBytes: Math.max(...rounds.map((one) => one.peakBytes)) };
}

async function packInChild(root: string, target: string): Promise<ChildFigures> {
  const { stdout } = await execa(process.execPath, [CHILD, root, target], { stdin: "ignore" });
  return ChildFigures.parse(JSON.parse(stdout));
}

/** Seconds; null when the program is not installed. */
async function timed(file: string, args: readonly string[], cwd: string): Promise<number | null> {
  const startedAt = performance.now();
  const result = await execa(file, args, { cwd, reject: false, stdin: "ignore" });
  if (result.code === "ENOENT") return null;
  if (result.exitCode !== 0) throw new Error(`${file} ended with ${result.exitCode}`);
  return (performance.now() - startedAt) / 1_000;
}

/** A thousand files by seventy names. */
async function packMany(folder: TempFolder) {
  await folder.write(
    Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`many/0/${i}.txt`, `File ${i}\n`.repeat(20)])),
  );
  for (let group = 1; group < 70; group += 1) await symlink("0", folder.at("many", `${group}`));
  return await packAndTest(folder, "many");
}

/** Half text and half noise in turns, so that it is deflated as one stream. */
async function packLarge(folder: TempFolder) {
  await mkdir(folder.at("large"));
  const text = Buffer.from(Array.from({ length: MIB / 2 }, (_, i) => (i * i + (i >> 7)) % 61));
  const block = Buffer.concat([text, createRandom("large").bytes(MIB / 2)]);
  const blocks = Buffer.concat(Array.from({ length: 32 }, () => block));
  for (let i = 0; i < 160; i += 1) await appendFile(join(folder.at("large"), "one.bin"), blocks);
  return await packAndTest(folder, "large");
}

async function packAndTest(folder: TempFolder, name: string) {
  const figures = await packInChild(folder.at(name), folder.at(`${name}.zip`));
  await rm(folder.at(name), { recursive: true });
  const testers = await testZip(folder.at(`${name}.zip`));
  const { seconds, bytes, entries, peakBytes } = figures;
  return { seconds: round(seconds), bytes, entries, peakMebibytes: round(peakBytes / MIB), testers };
}

function least(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.min(...known);
}

async function sizeOf(path: string): Promise<number | null> {
  return (await stat(path).catch(() => null))?.size ?? null;
}

function round(value: number): number;
function round(value: number | null): number | null;
function round(value: number | null): number | null {
  return value === null ? null : Math.round(value * 100) / 100;
}
