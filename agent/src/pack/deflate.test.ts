import { randomBytes } from "node:crypto";
import { inflateRawSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { deflateChunk, isDense, REACH_BYTES } from "./deflate.ts";

const dense = (bytes: Uint8Array): boolean =>
  isDense(bytes.length, (offset, length) => bytes.subarray(offset, offset + length));

async function deflate(bytes: Uint8Array, chunkBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for (let offset = 0; offset < bytes.length; offset += chunkBytes) {
    const before = offset === 0 ? null : bytes.subarray(Math.max(0, offset - REACH_BYTES), offset);
    const isLast = offset + chunkBytes >= bytes.length;
    chunks.push(await deflateChunk({ bytes: bytes.subarray(offset, offset + chunkBytes), before, isLast }));
  }
  return Buffer.concat(chunks);
}

test("deflateChunk() makes chunks that are one deflate stream when joined", async () => {
  const content = fc.array(
    fc.oneof(fc.uint8Array({ minLength: 1, maxLength: 500 }), fc.constant(Buffer.alloc(700, "again "))),
    {
      minLength: 1,
      maxLength: 20,
    },
  );

  await fc.assert(
    fc.asyncProperty(content, fc.integer({ min: 1, max: 4_000 }), async (parts, chunkBytes) => {
      const bytes = Buffer.concat(parts);
      expect(inflateRawSync(await deflate(bytes, chunkBytes)).equals(bytes)).toBe(true);
    }),
    { numRuns: 60 },
  );
});

test("deflateChunk() uses what stands before the chunk", async () => {
  const noise = randomBytes(20_000);

  const packed = await deflate(Buffer.concat([noise, noise]), noise.length);

  expect(packed.length).toBeLessThan(21_000);
});

test("deflateChunk() gives the same bytes for the same chunk, also when many run at once", async () => {
  const bytes = Buffer.from(Array.from({ length: 50_000 }, (_, i) => (i * i) % 251));

  const results = await Promise.all(
    Array.from({ length: 16 }, () => deflateChunk({ bytes, before: null, isLast: true })),
  );

  expect(new Set(results.map((result) => Buffer.from(result).toString("hex"))).size).toBe(1);
});

test("isDense() tells noise from text, and looks at more than the beginning", () => {
  const noise = randomBytes(200_000);
  const text = Buffer.alloc(200_000, "plain text, and plenty of it. ");

  expect(dense(noise)).toBe(true);
  expect(dense(text)).toBe(false);
  expect(dense(Buffer.concat([noise.subarray(0, 60_000), text]))).toBe(false);
  expect(dense(noise.subarray(0, 100))).toBe(false);
});
