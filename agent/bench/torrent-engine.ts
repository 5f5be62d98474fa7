import { mkdir, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { z } from "zod";
import { type TempFolder, tempFolder } from "../test/temp-folder.ts";
import type { Pace } from "./pace.ts";
import { type Seeder, startSeeder } from "./torrent-engine-seeder.ts";
import { fetchWithTransmission } from "./transmission.ts";

const MIB = 1024 ** 2;
const ROUNDS = 3;
const CHILD = fileURLToPath(new URL("torrent-engine-child.ts", import.meta.url));

const OwnFigures = z.object({
  ...{ seconds: z.number(), wholeSeconds: z.number(), bytesPerSecond: z.number() },
  ...{ idleBytes: z.number(), peakBytes: z.number(), ownBytes: z.number() },
});
type Figures = Pace & { peakBytes: number };

/**
 * The embedded torrent client against `transmission-daemon`, both from one seeding rTorrent on this machine, in turns, each in a
 * process of its own. The medians count, from the first byte on. `--quick` is an eighth of it.
 */
export async function run(args: readonly string[]) {
  await expectPrograms({ rtorrent: "rtorrent", "transmission-daemon": "transmission-daemon", cmp: "diffutils" });
  const mebibytes = args.includes("--quick") ? 64 : 512;
  await using folder = await tempFolder();
  await using seeder = await startSeeder(folder, mebibytes);
  const own: z.infer<typeof OwnFigures>[] = [];
  const transmission: Figures[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    own.push(await fetchWithOwn(folder, seeder, mebibytes * MIB));
    transmission.push(await fetchWithOther(folder, seeder, mebibytes * MIB));
  }
  const rate = { own: medianOf(own, "bytesPerSecond"), transmission: medianOf(transmission, "bytesPerSecond") };
  const most = (name: "ownBytes" | "peakBytes" | "idleBytes"): number =>
    toMib(Math.max(...own.map((one) => one[name])));
  return {
    timesTransmission: rounded(rate.own / rate.transmission),
    mebibytesPerSecond: { own: toMib(rate.own), transmission: toMib(rate.transmission) },
    seconds: {
      own: own.map(({ seconds }) => rounded(seconds)),
      transmission: transmission.map((one) => rounded(one.seconds)),
    },
    wholeSeconds: { own: medianOf(own, "wholeSeconds"), transmission: medianOf(transmission, "wholeSeconds") },
    mebibytes: {
      ...{ own: most("ownBytes"), peak: most("peakBytes"), idle: most("idleBytes") },
      transmissionPeak: toMib(Math.max(...transmission.map((one) => one.peakBytes))),
    },
    reach: { timesTransmission: 0.5 },
  };
}

async function fetchWithOwn(folder: TempFolder, seeder: Seeder, bytes: number) {
  const into = folder.at("own");
  await mkdir(into);
  const { stdout } = await execa(process.execPath, [CHILD, seeder.torrentFile, into, `${bytes}`], { stdin: "ignore" });
  await expectSame(`${into}/payload.bin`, seeder);
  await rm(into, { recursive: true });
  return OwnFigures.parse(JSON.parse(stdout));
}

async function fetchWithOther(folder: TempFolder, seeder: Seeder, bytes: number): Promise<Figures> {
  const figures = await fetchWithTransmission(folder, { torrentFile: seeder.torrentFile, bytes });
  await expectSame(folder.at("transmission/payload.bin"), seeder);
  for (const left of ["transmission", "transmission-config"])
    await rm(folder.at(left), { recursive: true, force: true });
  return figures;
}

async function expectSame(file: string, seeder: Seeder): Promise<void> {
  const same = await execa("cmp", [file, seeder.content], { reject: false });
  if (same.exitCode !== 0) throw new Error(`The download has other bytes than the seeder: ${same.stdout}`);
}

/** By the name of the program, the package of Debian that has it. */
async function expectPrograms(programs: Readonly<Record<string, string>>): Promise<void> {
  for (const [program, debian] of Object.entries(programs)) {
    const found = await execa("sh", ["-c", 'command -v "$0"', program], { reject: false });
    if (found.exitCode !== 0) throw new Error(`Cannot compare without ${program}: apt-get install ${debian}`);
  }
}

function medianOf<Name extends string>(all: readonly Readonly<Record<Name, number>>[], name: Name): number {
  const sorted = all.map((one) => one[name]).toSorted((a, b) => a - b);
  return rounded(sorted[Math.floor(sorted.length / 2)] ?? Number.NaN);
}

const rounded = (value: number): number => Math.round(value * 100) / 100;
const toMib = (bytes: number): number => rounded(bytes / MIB);
