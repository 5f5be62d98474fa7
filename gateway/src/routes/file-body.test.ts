import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough, Readable, Writable } from "node:stream";
import { expect, test } from "vitest";
import { tempFolder } from "../../test/archives.ts";
import { blobBody, type FileBody, fileBody, streamBody } from "./file-body.ts";

const CONTENT = Buffer.from(Array.from({ length: 700_000 }, (_, i) => i % 251));

async function aFile() {
  const folder = await tempFolder();
  const path = join(folder.path, "file");
  await writeFile(path, CONTENT);
  return { path, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

/** What arrives where `open` sends it: copied, because a chunk is only there until it is called back. */
async function written(body: FileBody): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const target = new Writable({
    write(chunk: Buffer, _, done) {
      chunks.push(Buffer.from(chunk));
      setImmediate(done);
    },
  });
  const send = await body.open();
  await send(target);
  return Buffer.concat(chunks);
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

  const streamed = await written(body);
  const pulled = await readAll(body.web());

  const wanted = CONTENT.subarray(start, end + 1);
  expect(streamed.equals(wanted)).toBe(true);
  expect(pulled.equals(wanted)).toBe(true);
});

test("fileBody() rejects for a file that is gone, and only when it is read", async () => {
  const body = fileBody("/nowhere/at/all", { start: 0, end: 9 });

  await expect(body.open()).rejects.toThrow("ENOENT");
  const web = body.web();
  await expect(readAll(web)).rejects.toThrow("ENOENT");
});

test("fileBody() fails rather than end early when a file is shorter than it should be", async () => {
  await using file = await aFile();

  const body = fileBody(file.path, { start: 0, end: 800_000 });

  await expect(readAll(body.web())).rejects.toThrow("Could not read all");
  await expect(written(body)).rejects.toThrow("Could not read all");
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

test("fileBody() stops when its target closes", async () => {
  await using file = await aFile();
  const target = new PassThrough({ highWaterMark: 1 });
  const send = await fileBody(file.path, { start: 0, end: 699_999 }).open();

  const sending = send(target);
  target.destroy();

  await expect(sending).rejects.toThrow();
});

test("blobBody() reads a store without files and says when a blob is gone", async () => {
  const asked: unknown[] = [];
  const read = async (sha256: string, range?: { start: number; end: number }) => {
    asked.push(sha256, range);
    return sha256 === "here" ? Readable.from([Buffer.from("abc")]) : null;
  };

  const pulled = await readAll(blobBody({ read }, "here", { start: 1, end: 3 }).web());

  expect(pulled.toString()).toBe("abc");
  expect((await written(blobBody({ read }, "here", { start: 1, end: 3 }))).toString()).toBe("abc");
  expect(asked.slice(0, 2)).toEqual(["here", { start: 1, end: 3 }]);
  await expect(blobBody({ read }, "gone", { start: 0, end: 1 }).open()).rejects.toThrow("gone");
});

test("streamBody() closes the stream of a reader that leaves", async () => {
  const endless = new Readable({ read: () => endless.push("x") });
  const reader = streamBody(endless).web().getReader();

  await reader.read();
  await reader.cancel();

  expect(endless.destroyed).toBe(true);
});
