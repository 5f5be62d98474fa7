import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { vi } from "vitest";

const run = promisify(execFile);
const WITHIN = { timeout: 50_000, interval: 50 };

/** Asks until the answer has this status, as a person with curl would. */
export async function askUntil(url: string, status: number): Promise<Response> {
  return await vi.waitFor(async () => {
    const response = await fetch(url);
    if (response.status === status) return response;
    throw new Error(`${response.status} ${await response.text()}`);
  }, WITHIN);
}

export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  await vi.waitFor(async () => {
    if (!(await holds())) throw new Error(`Not yet: ${what}`);
  }, WITHIN);
}

/** Path → text of every file in a zip, read by Python's reader, which shares no code with ours. */
export async function unzipped(path: string): Promise<Record<string, string>> {
  const script =
    "import json,sys,zipfile; z=zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; " +
    "print(json.dumps({n: z.read(n).decode('latin-1') for n in z.namelist()}))";
  const { stdout } = await run("python3", ["-c", script, path], { maxBuffer: 64 * 1024 * 1024 });
  return JSON.parse(stdout) as Record<string, string>;
}

/** Path → SHA-256 of every file in a zip, by the same reader. */
export async function digestsIn(path: string): Promise<Record<string, string>> {
  const script =
    "import hashlib,json,sys,zipfile; z=zipfile.ZipFile(sys.argv[1]); " +
    "print(json.dumps({n: hashlib.sha256(z.read(n)).hexdigest() for n in z.namelist()}))";
  const { stdout } = await run("python3", ["-c", script, path], { maxBuffer: 64 * 1024 * 1024 });
  return JSON.parse(stdout) as Record<string, string>;
}
