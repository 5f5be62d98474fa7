import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { crc32 } from "node:zlib";
import { expect, test, vi } from "vitest";
import { tempFolder } from "../../test/archives.ts";
import { BLOCKS, bzip2Fixture } from "../../test/bzip2.ts";
import { type PackedEntry, unpackEntry } from "./unpack-entry.ts";

const HELLO = Buffer.from("hello, bzip2\n");

/** A file with the packed bytes somewhere in its middle, as in an archive. */
async function packed(folder: string, name: string, changes: Partial<PackedEntry> = {}): Promise<PackedEntry> {
  const bytes = bzip2Fixture(name);
  const path = join(folder, "archive");
  await writeFile(path, Buffer.concat([Buffer.from("before"), bytes, Buffer.from("behind")]));
  const content = name === "hello.bz2" ? HELLO : BLOCKS;
  return { path, start: 6, compressed: bytes.length, size: content.length, crc: crc32(content), ...changes };
}

test.each([
  ["hello.bz2", HELLO],
  ["blocks.bz2", BLOCKS],
])("unpackEntry() gives all of %s", async (name, content) => {
  await using folder = await tempFolder();

  const bytes = await buffer(unpackEntry(await packed(folder.path, name)));

  expect(bytes.equals(content)).toBe(true);
});

test("unpackEntry() gives many at once, a few at a time", async () => {
  await using folder = await tempFolder();
  const entry = await packed(folder.path, "hello.bz2");

  const all = await Promise.all(Array.from({ length: 10 }, () => buffer(unpackEntry(entry))));

  expect(all.every((bytes) => bytes.equals(HELLO))).toBe(true);
});

test.each([
  ["another size", { size: HELLO.length + 1 }, "damaged"],
  ["a smaller size", { size: 5 }, "more than 5 bytes"],
  ["another checksum", { crc: 1 }, "damaged"],
  ["fewer packed bytes", { compressed: 20 }, "ends early"],
  ["another place", { start: 7 }, "Not bzip data"],
  ["no file", { path: "/nowhere/at/all" }, "ENOENT"],
])("unpackEntry() ends with an error for %s", async (_what, changes, message) => {
  await using folder = await tempFolder();
  const entry = await packed(folder.path, "hello.bz2", changes);

  await expect(buffer(unpackEntry(entry))).rejects.toThrow(message);
});

test("unpackEntry() unpacks no further than somebody reads, and ends its thread with the stream", async () => {
  await using folder = await tempFolder();
  const zeros = await packed(folder.path, "zeros-1gib.bz2", { size: 2 ** 30 });
  const hello = await packed(folder.path, "hello.bz2");
  await packed(folder.path, "zeros-1gib.bz2");

  const streams = Array.from({ length: 4 }, () => unpackEntry(zeros));
  await Promise.all(streams.map((stream) => once(stream, "readable")));
  // All places are taken: this one waits for a thread to end.
  const waiting = unpackEntry({ ...hello, path: `${hello.path}-not-there` });
  const failed = vi.fn();
  waiting.on("error", failed).resume();
  expect(streams.every(({ readableLength }) => readableLength < 1_000_000)).toBe(true);
  expect(failed).not.toHaveBeenCalled();
  for (const stream of streams) stream.destroy();

  await vi.waitFor(() => expect(failed).toHaveBeenCalled());
});

test("unpackEntry() that nobody wants any more takes no place", async () => {
  await using folder = await tempFolder();
  const entry = await packed(folder.path, "hello.bz2");

  for (let n = 0; n < 20; n += 1) unpackEntry(entry).destroy();

  expect((await buffer(unpackEntry(entry))).equals(HELLO)).toBe(true);
});
