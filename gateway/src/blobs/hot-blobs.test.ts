import { expect, test } from "vitest";
import { createHotBlobs } from "./hot-blobs.ts";

function someBlobs(sizes: Record<string, number>, bytesMax = 100) {
  const reads: string[] = [];
  const read = async (sha256: string) => {
    reads.push(sha256);
    const size = sizes[sha256];
    return size === undefined ? null : new Uint8Array(size);
  };
  return { reads, hot: createHotBlobs({ read, blobBytesMax: 50, bytesMax }) };
}

test("get() keeps a blob from the second time on and reads it once, however many ask at once", async () => {
  const { hot, reads } = someBlobs({ a: 40 });

  expect(await hot.get("a", 40)).toBeNull();
  const answers = await Promise.all(Array.from({ length: 50 }, () => hot.get("a", 40)));

  expect(answers.every((bytes) => bytes?.length === 40)).toBe(true);
  expect(reads).toEqual(["a"]);
});

test("get() keeps no large blob, and those used last when there is no room for all", async () => {
  const { hot, reads } = someBlobs({ a: 40, b: 40, c: 40, large: 51 });
  const twice = async (id: string, bytes: number) => [await hot.get(id, bytes), await hot.get(id, bytes)][1];

  expect(await twice("large", 51)).toBeNull();
  await twice("a", 40);
  await twice("b", 40);
  await hot.get("a", 40);
  await twice("c", 40);

  expect(await hot.get("a", 40)).toHaveLength(40);
  expect(await hot.get("b", 40)).toBeNull();
  expect(reads).toEqual(["a", "b", "c"]);
});

test("get() gives nothing for a blob that is gone or cut short, and looks again", async () => {
  const sizes: Record<string, number> = { a: 10 };
  const { hot, reads } = someBlobs(sizes);
  await hot.get("a", 40);
  expect(await hot.get("a", 40)).toBeNull();
  await hot.get("gone", 40);
  expect(await hot.get("gone", 40)).toBeNull();

  sizes["a"] = 40;
  await hot.get("a", 40);

  expect(await hot.get("a", 40)).toHaveLength(40);
  expect(reads).toEqual(["a", "gone", "a"]);
});
