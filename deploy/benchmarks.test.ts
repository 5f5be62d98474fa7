import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { findBenchmarks, runBenchmark } from "./benchmarks.ts";

async function aRoot(files: Record<string, string>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), "modfleet-bench-"));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(root, path, ".."), { recursive: true });
    await writeFile(join(root, path), text);
  }
  return root;
}

test("findBenchmarks() lists what exports run, from every workspace, and no helpers", async () => {
  const root = await aRoot({
    "agent/bench/pack.ts": "export async function run() {}",
    "agent/bench/tree.ts": "export function grow() {}",
    "gateway/bench/idle.ts": "export const run = () => ({});",
    "gateway/bench/idle.test.ts": "export const run = () => ({});",
    "gateway/bench/notes.md": "export const run",
  });

  expect(findBenchmarks(root).map(({ name }) => name)).toEqual(["idle", "pack"]);
});

test("runBenchmark() hands the arguments on and names the figures", async () => {
  const root = await aRoot({ "agent/bench/echo.ts": "export const run = async (args) => ({ args });" });
  const [echo] = findBenchmarks(root);

  expect(echo && (await runBenchmark(echo, ["--quick"]))).toEqual({ bench: "echo", args: ["--quick"] });
});

test("runBenchmark() refuses a benchmark without figures", async () => {
  const root = await aRoot({ "agent/bench/none.ts": "export const run = async () => 7;" });
  const [none] = findBenchmarks(root);

  await expect(none && runBenchmark(none, [])).rejects.toThrow("none gave no figures");
});
