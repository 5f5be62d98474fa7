import { randomBytes } from "node:crypto";
import { appendFile, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { z } from "zod";
import { type TempFolder, tempFolder } from "../test/temp-folder.ts";
import { startNginx } from "./nginx.ts";

const MIB = 1024 ** 2;
const fileOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

const ChildFigures = z.object({
  seconds: z.number(),
  idleBytes: z.number(),
  peakBytes: z.number(),
  ownBytes: z.number(),
});
type ChildFigures = z.infer<typeof ChildFigures>;

/**
 * The HTTP engine against `aria2c -x4`, both with 4 connections to one nginx on loopback, in turns: a file at full speed, then one
 * over lines that are 20 ms long each way and carry 10 MiB/s each. The best round of each counts. `--quick` is a tenth of it.
 */
export async function run(args: readonly string[]) {
  const scale = args.includes("--quick") ? 0.1 : 1;
  await using folder = await tempFolder();
  await writeNoise(folder.at("www/fast.bin"), Math.ceil(1_024 * scale));
  await writeNoise(folder.at("www/slow.bin"), Math.ceil(256 * scale));
  await using nginx = await startNginx(folder);
  await using proxy = await startProxy(nginx.port);
  const fast = await race(folder, { url: `http://127.0.0.1:${nginx.port}/fast.bin`, rounds: 4 });
  const slow = await race(folder, { url: `http://127.0.0.1:${proxy.port}/limited/slow.bin`, rounds: 2 });
  return { fast, slow, reach: { fast: 0.8, slow: 0.95, ownMebibytes: 100 } };
}

type Race = { url: string; rounds: number };

/** In turns, so that a busy machine is busy for both. */
async function race(folder: TempFolder, { url, rounds }: Race) {
  const own: ChildFigures[] = [];
  const aria: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    own.push(await fetchWithEngine(url, folder.at("own")));
    aria.push(await fetchWithAria(url, folder.at("aria")));
    await expectSame(folder, url);
    await rm(folder.at("own"), { recursive: true });
    await rm(folder.at("aria"), { recursive: true });
  }
  const seconds = { own: Math.min(...own.map((one) => one.seconds)), aria: Math.min(...aria) };
  const most = (name: keyof ChildFigures) => round(Math.max(...own.map((one) => one[name])) / MIB);
  return {
    timesAria: round(seconds.aria / seconds.own),
    seconds: { own: round(seconds.own), aria: round(seconds.aria) },
    rounds: { own: own.map((one) => round(one.seconds)), aria: aria.map(round) },
    mebibytes: { own: most("ownBytes"), peak: most("peakBytes"), idle: most("idleBytes") },
  };
}

async function fetchWithEngine(url: string, folder: string): Promise<ChildFigures> {
  await mkdir(folder, { recursive: true });
  const { stdout } = await execa(process.execPath, [fileOf("http-engine-child.ts"), url, folder], { stdin: "ignore" });
  return ChildFigures.parse(JSON.parse(stdout));
}

/** Seconds. */
async function fetchWithAria(url: string, folder: string): Promise<number> {
  const startedAt = performance.now();
  await execa("aria2c", ["--no-conf", "-q", "-x4", "-s4", "-d", folder, url], { stdin: "ignore" });
  return (performance.now() - startedAt) / 1_000;
}

async function expectSame(folder: TempFolder, url: string): Promise<void> {
  const name = new URL(url).pathname.split("/").at(-1) ?? "";
  const same = await execa("cmp", [folder.at("own/content", name), folder.at("www", name)], { reject: false });
  if (same.exitCode !== 0) throw new Error(`The engine has other bytes than the server: ${same.stdout}`);
}

async function writeNoise(path: string, mebibytes: number): Promise<void> {
  await mkdir(join(path, ".."), { recursive: true });
  for (let i = 0; i < mebibytes; i += 1) await appendFile(path, randomBytes(MIB));
}

/** A line that is 20 ms long. */
async function startProxy(port: number): Promise<AsyncDisposable & { port: number }> {
  const proxy = execa(process.execPath, [fileOf("delay-proxy.ts"), `${port}`, "20"], {
    stdin: "ignore",
    reject: false,
  });
  const stop = async (): Promise<void> => {
    proxy.kill();
    await proxy;
  };
  return { port: await firstNumber(proxy.stdout), [Symbol.asyncDispose]: stop };
}

async function firstNumber(stdout: Readable): Promise<number> {
  for await (const line of createInterface({ input: stdout })) return Number(line);
  throw new Error("The proxy did not start");
}

const round = (value: number): number => Math.round(value * 100) / 100;
