import fc from "fast-check";
import { expect, test } from "vitest";
import { LIMITS } from "./limits.ts";
import { OpenUpload, partCount, partRange, UploadPlan } from "./upload.ts";

test("partRange() covers every byte once, in order", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_000 }), fc.integer({ min: 1, max: 600 }), (bytes, partBytes) => {
      const ranges = Array.from({ length: partCount(bytes, partBytes) }, (_, n) => partRange(n + 1, bytes, partBytes));
      let next = 0;
      for (const range of ranges) {
        expect(range?.offset).toBe(next);
        expect(range?.bytes).toBeGreaterThan(0);
        next += range?.bytes ?? 0;
      }
      expect(next).toBe(bytes);
    }),
  );
});

test("partRange() knows no part before the first, after the last, or between two", () => {
  expect([0, -1, 1.5, 4, Number.NaN, 2 ** 53].map((n) => partRange(n, 25, 10))).toEqual(Array(6).fill(null));
  expect(partRange(3, 25, 10)).toEqual({ n: 3, offset: 20, bytes: 5 });
  expect(partRange(1, 0, 10)).toBeNull();
});

test("partRange() is exact for the largest archive", () => {
  const bytes = LIMITS.archiveBytesMax;
  const last = partCount(bytes, LIMITS.partBytes);

  expect(partRange(last, bytes, LIMITS.partBytes)).toMatchObject({ offset: bytes - LIMITS.partBytes });
  expect(partRange(last + 1, bytes, LIMITS.partBytes)).toBeNull();
});

test("OpenUpload refuses empty and oversized archives and loose hashes", () => {
  const accepts = (bytes: number, sha256 = "a".repeat(64)) => OpenUpload.safeParse({ bytes, sha256 }).success;

  expect([accepts(1), accepts(LIMITS.archiveBytesMax)]).toEqual([true, true]);
  expect([accepts(0), accepts(LIMITS.archiveBytesMax + 1), accepts(1, "A".repeat(64))]).toEqual([false, false, false]);
});

test("UploadPlan reads parts with absolute and with relative addresses", () => {
  const plan = {
    upload: "upl_0123456789abcdefghjk",
    complete: false,
    partBytes: 8,
    parts: [
      { n: 1, url: "/agent/v1/uploads/upl/parts/1", done: true },
      { n: 2, url: "https://bucket.example/x?partNumber=2", done: false },
    ],
  };

  expect(UploadPlan.parse(plan)).toEqual(plan);
  expect(UploadPlan.safeParse({ ...plan, parts: [{ n: 0, url: "x", done: false }] }).success).toBe(false);
});
