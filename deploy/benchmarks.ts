import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** A benchmark's figures, which become one line of JSON. */
export type Figures = Readonly<Record<string, unknown>>;
export type Benchmark = { name: string; file: string };

const RUN = /^export (async )?(function run\b|const run\b)/m;

/** The files of every workspace's `bench/` that export `run`, by name; the others help them. */
export function findBenchmarks(root: string): Benchmark[] {
  return ["protocol", "gateway", "agent"]
    .map((workspace) => join(root, workspace, "bench"))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((name) => ({ name, file: join(folder, name) })))
    .filter(({ name, file }) => /(?<!\.test)\.ts$/.test(name) && RUN.test(readFileSync(file, "utf8")))
    .map(({ name, file }) => ({ name: name.replace(/\.ts$/, ""), file }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Runs `run(args)` of the benchmark; its figures are an object. */
export async function runBenchmark({ name, file }: Benchmark, args: readonly string[]): Promise<Figures> {
  const module: Readonly<Record<string, unknown>> = await import(pathToFileURL(file).href);
  if (typeof module["run"] !== "function") throw new TypeError(`${name} exports no function run`);
  const figures: unknown = await module["run"](args);
  if (typeof figures !== "object" || figures === null) throw new TypeError(`${name} gave no figures`);
  return { bench: name, ...figures };
}
