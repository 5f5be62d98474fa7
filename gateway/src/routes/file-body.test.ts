import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { expect, test } from "vitest";
import { tempFolder } from "../../test/archives.ts";
import { blobBody, fileBody, streamBody } from "./file-body.ts";

const CONTENT = Buffer.from(Array.from({ length: 700_000 }, (_, i) => i % 251));

async function aFile() {
  const folder = await tempFolder();
  const path = join(folder.path, "file");
  await writeFile(path, CONTENT);
  return { path, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

const readAll = async (stream: ReadableStream<Uint8Array>) => Buffer.from(await new Response(stream).arrayBuffer());

test.each([
  [0, 699_999],
  [1, 1],
  [262_143, 262_144],
  [300_000, 699_999],
])("fileBody() gives bytes %i to %i both ways", async (start, end) => {
  await using file = await aFile();
  const body = fileBody(file.path, { start, end });

  const streamed = await buffer(await body.stream());
  const pulled = await readAll(body.web());

  const wanted = CONTENT.subarray(start, end + 1);
  expect(streamed.equals(wanted)).toBe(true);
  expect(pulled.equals(wanted)).toBe(true);
});

test("fileBody() rejects for a file that is gone, and only when it is read", async () => {
  const body = fileBody("/nowhere/at/all", { start: 0, end: 9 });

  await expect(body.stream()).rejects.toThrow("ENOENT");
  const web = body.web();
  await expect(readAll(web)).rejects.toThrow("ENOENT");
});

test("fileBody() fails rather than end early when a file is shorter than it should be", async () => {
  await using file = await aFile();

  await expect(readAll(fileBody(file.path, { start: 0, end: 800_000 }).web())).rejects.toThrow("Could not read all");
});

test("fileBody() can be cancelled before and after its first chunk", async () => {
  await using file = await aFile();
  const body = fileBody(file.path, { start: 0, end: 699_999 });

  await body.web().cancel();
  const reader = body.web().getReader();
  const first = await reader.read();
  await reader.cancel();

  expect(first.value).toEqual(new Uint8Array(CONTENT.subarray(0, 262_144)));
});

test("blobBody() reads a store without files and says when a blob is gone", async () => {
  const asked: unknown[] = [];
  const read = async (sha256: string, range?: { start: number; end: number }) => {
    asked.push(sha256, range);
    return sha256 === "here" ? Readable.from([Buffer.from("abc")]) : null;
  };

  const pulled = await readAll(blobBody({ read }, "here", { start: 1, end: 3 }).web());

  expect(pulled.toString()).toBe("abc");
  expect(asked).toEqual(["here", { start: 1, end: 3 }]);
  await expect(blobBody({ read }, "gone", { start: 0, end: 1 }).stream()).rejects.toThrow("gone");
});

test("streamBody() closes the stream of a reader that leaves", async () => {
  const endless = new Readable({ read: () => endless.push("x") });
  const reader = streamBody(endless).web().getReader();

  await reader.read();
  await reader.cancel();

  expect(endless.destroyed).toBe(true);
});
