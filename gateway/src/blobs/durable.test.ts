import { open, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { tempFolder } from "../../test/archives.ts";
import { isDiskFull, removeFile, statOrNull, systemCode, writeAll } from "./durable.ts";

let folder = "";
beforeEach(async () => {
  folder = (await tempFolder()).path;
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test("writeAll() goes on where the system stopped writing", async () => {
  const path = join(folder, "file");
  await using file = await open(path, "w+");
  // A nearly full disk takes less than it is given.
  const writev = async (buffers: readonly Uint8Array[], position?: number) => {
    const [first = new Uint8Array()] = buffers;
    const { bytesWritten } = await file.write(first, 0, Math.min(4, first.length), position);
    return { bytesWritten, buffers: [] };
  };

  await writeAll({ writev } as Pick<typeof file, "writev">, [Buffer.from("hello "), Buffer.from("world")], 2);

  expect((await file.readFile()).toString()).toBe("\0\0hello world");
});

test("writeAll() writes any number of crumbs", async () => {
  await using file = await open(join(folder, "file"), "w+");
  const crumbs = Array.from({ length: 5_000 }, (_, i) => Buffer.from([i % 251]));

  await writeAll(file, crumbs, 0);

  expect(await file.readFile()).toEqual(Buffer.concat(crumbs));
});

test.each([
  ["ENOSPC", true],
  ["EDQUOT", true],
  ["EFBIG", true],
  ["EIO", false],
])("isDiskFull() of %s is %s", (code, isFull) => {
  expect(isDiskFull(Object.assign(new Error("write"), { code }))).toBe(isFull);
});

test("systemCode() of anything else is the empty text", () => {
  expect([new Error("x"), "ENOSPC", null, { code: "ENOSPC" }].map(systemCode)).toEqual(["", "", "", ""]);
});

test("statOrNull() and removeFile() say whether there was a file", async () => {
  const path = join(folder, "file");
  await writeFile(path, "four");

  const [size, removed] = [(await statOrNull(path))?.size, await removeFile(path)];

  expect([size, removed, await statOrNull(path), await removeFile(path)]).toEqual([4n, true, null, false]);
});

test("removeFile() does not hide what keeps it from removing", async () => {
  await expect(removeFile(folder)).rejects.toThrow();
});
