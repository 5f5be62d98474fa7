import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sha256Of, tempFolder } from "../../test/archives.ts";
import { KIB_256, noise, piecesOf } from "../../test/pieces.ts";
import { hashFile } from "./hash-file.ts";

let folder: Awaited<ReturnType<typeof tempFolder>>;
beforeAll(async () => {
  folder = await tempFolder();
});
afterAll(() => folder[Symbol.asyncDispose]());

const { signal } = new AbortController();

async function aFile(bytes: Buffer): Promise<string> {
  const path = join(folder.path, sha256Of(bytes));
  await writeFile(path, bytes);
  return path;
}

test.each([1, KIB_256, 9 * KIB_256 + 1])("hashFile() gives the hashes of %d bytes, whatever they are", async (size) => {
  const bytes = noise(size);

  const digest = await hashFile({ path: await aFile(bytes), bytes: size }, signal);

  expect(digest).toEqual({ sha256: sha256Of(bytes), pieces: piecesOf(bytes) });
});

test("hashFile() rejects for a file that is gone, or shorter than was said", async () => {
  const path = await aFile(noise(10));

  await expect(hashFile({ path: `${path}.gone`, bytes: 10 }, signal)).rejects.toThrow("ENOENT");
  await expect(hashFile({ path, bytes: 11 }, signal)).rejects.toThrow("ends at 10");
});

test("hashFile() stops when nobody waits any more", async () => {
  const path = await aFile(noise(10));
  const stopping = new AbortController();

  const hashing = hashFile({ path, bytes: 10 }, stopping.signal);
  stopping.abort(new Error("stopped"));

  await expect(hashing).rejects.toThrow("stopped");
  await expect(hashFile({ path, bytes: 10 }, stopping.signal)).rejects.toThrow("stopped");
});
