import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const MIB = 1024 * 1024;

async function youngBytesOf(...args: string[]): Promise<number> {
  const script = fileURLToPath(new URL("../test/garbage.ts", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [script, ...args]);
  return Number(stdout);
}

test("boundHeap() keeps the space for short-lived objects at a part of what V8 would take", async () => {
  const [bound, free] = await Promise.all([youngBytesOf("bound"), youngBytesOf()]);

  expect(bound).toBeGreaterThan(4 * MIB);
  expect(bound).toBeLessThanOrEqual(free / 2);
});
