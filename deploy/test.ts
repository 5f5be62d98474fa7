import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { summarise } from "./test-summary.ts";

// `npm test`: vitest with whatever else was said, and as last line what its own report counts.

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = await mkdtemp(join(tmpdir(), "modfleet-test-"));

try {
  const file = join(folder, "report.json");
  const exitCode = await runVitest(file, process.argv.slice(2));
  const { passed, failed, skipped, ok } = summarise(await readReport(file), exitCode);
  if (skipped > 0) process.stdout.write(`${skipped} skipped\n`);
  if (passed + failed === 0) process.stderr.write("No test ran\n");
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  process.exitCode = ok ? 0 : 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function runVitest(report: string, args: readonly string[]): Promise<number | null> {
  const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  // Hundreds of short processes start the same files: what Node has stripped and compiled once is used again.
  const env = { ...process.env, NODE_COMPILE_CACHE: join(root, "node_modules", ".cache", "compiled") };
  const child = spawn(process.execPath, [vitest, "run", ...reporters, ...args], { cwd: root, env, stdio: "inherit" });
  // A terminal signals the whole group; whoever signals only us means vitest too.
  for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, () => void child.kill(name));
  const [exitCode]: (number | null)[] = await once(child, "close");
  return exitCode ?? null;
}

async function readReport(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, "utf8"));
  } catch {
    return null;
  }
}
