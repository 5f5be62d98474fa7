import type { ChildProcess } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { freePort, stopChild } from "./children.ts";
import { cpuSeconds, memoryMib, runCommand, startGatewayProcess } from "./gateway-process.ts";
import { startNginx } from "./nginx.ts";
import { type Installation, makeInstallation } from "./pytorrent-data.ts";
import { hasWrk, type Load, runWrk } from "./wrk.ts";

/** What PyTorrent itself did with one worker on the same kind of machine, requests a second, and how often that we want. */
const ORIGINAL: Readonly<Record<string, { perSecond: number; factor: number }>> = {
  info: { perSecond: 118, factor: 50 },
  list: { perSecond: 19, factor: 200 },
  byName: { perSecond: 32, factor: 50 },
  condition: { perSecond: 83, factor: 50 },
  summary: { perSecond: 48, factor: 50 },
  games: { perSecond: 75, factor: 50 },
};
const P99_MAX_MS = 25;
const ARCHIVES = 3;

/**
 * PyTorrent's reads over an imported library, `wrk -t2 -c32`, with the counters on. `--mods` says how large it is (10,000),
 * `--seconds` how long each question is asked (10).
 */
export async function run(args: readonly string[] = []) {
  const { values } = parseArgs({
    args: [...args],
    options: { mods: { type: "string", default: "10000" }, seconds: { type: "string", default: "10" } },
  });
  if (!hasWrk()) throw new Error("Could not measure without wrk: install it (Debian: apt-get install wrk)");
  const folder = await mkdtemp(join(tmpdir(), "modfleet-bench-"));
  const children: ChildProcess[] = [];
  try {
    const mods = Number(values.mods);
    const made = await makeInstallation({ folder: join(folder, "source"), mods, archives: ARCHIVES });
    const data = join(folder, "data");
    const imported = await importAll(data, made);
    process.stderr.write(`imported ${mods} mods in ${imported.seconds} s, at most ${imported.peakMib} MiB\n`);
    const { child, origin } = await startGatewayProcess(data);
    children.push(child);
    const measured = await measure({ child, origin, made, folder, seconds: Number(values.seconds) });
    const archive = await compareArchive({ children, origin, made, folder, seconds: Number(values.seconds) });
    return { mods, import: imported, ...measured, archive, rssMib: memoryMib(child, "VmRSS") };
  } finally {
    await Promise.all(children.map(stopChild));
    await rm(folder, { recursive: true, force: true });
  }
}

function importAll(data: string, { database, statistics, archives }: Installation) {
  const from = ["--database", database, "--statistics", statistics, "--archives", archives];
  return runCommand(data, ["import-pytorrent", ...from]);
}

type Measuring = { child: ChildProcess; origin: string; made: Installation; folder: string; seconds: number };

async function measure({ child, origin, made, folder, seconds }: Measuring) {
  const figures: Record<string, Load & { cpuMs: number; rssMib: number | null; factor?: number; reached?: boolean }> =
    {};
  for (const [name, path] of Object.entries(questions(made))) {
    const cpuBefore = cpuSeconds(child);
    const script = typeof path === "string" ? undefined : await luaScript(folder, path);
    const first = typeof path === "string" ? path : (path[0] ?? "/");
    const load = await runWrk({ url: `${origin}${first}`, seconds, ...(script === undefined ? {} : { script }) });
    const cpuMs = round(((cpuSeconds(child) - cpuBefore) * 1_000) / (load.perSecond * seconds));
    figures[name] = { ...load, cpuMs, rssMib: memoryMib(child, "VmRSS"), ...judged(name, load) };
    process.stderr.write(`${name.padEnd(16)} ${JSON.stringify(figures[name])}\n`);
  }
  return figures;
}

function judged(name: string, { perSecond, p99Ms }: Load): { factor?: number; reached?: boolean } {
  const original = ORIGINAL[name];
  if (original === undefined) return {};
  const factor = round(perSecond / original.perSecond);
  return { factor, reached: factor >= original.factor && p99Ms <= P99_MAX_MS };
}

/** One path is asked again and again; a list of paths in turn, so that few answers are there already. */
function questions({ modIds }: Installation): Record<string, string | string[]> {
  const fifty = modIds.slice(0, 50);
  const deepest = Math.floor(modIds.length / 50) - 1;
  const sorts = ["NAME", "iSIZE", "DATE_CREATION", "iDATE_UPDATE", "DATE_REQUEST", "iDOWNLOADS", "SOURCE"];
  return {
    info: `/info/mod/${modIds[7]}`,
    list: "/list/mods/?page_size=50",
    byName: "/list/mods/?name=Castles",
    condition: `/condition/mod/[${fifty.join(",")}]`,
    summary: "/statistics/info/all",
    games: "/list/games/",
    infoOfMany: modIds.slice(0, 5_000).map((id) => `/info/mod/${id}?dependencies=true`),
    deepPage: `/list/mods/?page_size=50&page=${deepest}`,
    pagesOfMany: Array.from({ length: 5_000 }, (_, n) => {
      return `/list/mods/?page_size=50&page=${(n * 37) % (deepest + 1)}&sort=${sorts[n % sorts.length]}`;
    }),
    readsAndDownloads: ["/list/mods/?page_size=50", `/info/mod/${modIds[0]}`, `/download/${modIds[1]}`],
  };
}

async function luaScript(folder: string, paths: readonly string[]): Promise<string> {
  const file = join(folder, "paths.lua");
  const list = paths.map((path) => JSON.stringify(path)).join(",\n");
  const next = `n = n % #paths + 1; return wrk.format("GET", paths[n])`;
  await writeFile(file, `local paths = {\n${list}\n}\nlocal n = 0\nfunction request() ${next} end\n`);
  return file;
}

type Comparing = Omit<Measuring, "child"> & { children: ChildProcess[] };

/** An archive of 1 MB from us and the same file from nginx. */
async function compareArchive({ children, origin, made, folder, seconds }: Comparing) {
  const mod = made.modIds[0];
  const ours = await runWrk({ url: `${origin}/download/${mod}`, seconds });
  const port = await freePort();
  const nginxFolder = join(folder, "nginx");
  const accelPrefix = "/unused/";
  const nginx = await startNginx({ folder: nginxFolder, port, archives: made.archives, gateway: origin, accelPrefix });
  if (nginx === null) return { ours, note: "nginx is not installed" };
  children.push(nginx);
  const theirs = await runWrk({ url: `http://127.0.0.1:${port}/plain/${made.firstArchive}`, seconds });
  return { ours, nginx: theirs, ratio: round(ours.perSecond / theirs.perSecond) };
}

const round = (value: number): number => Math.round(value * 100) / 100;
