import fc from "fast-check";
import { expect, test } from "vitest";
import { pieceBytesFor, piecesCount } from "./pieces.ts";

const KIB = 1024;
const MIB = 1024 * KIB;

test.each([
  [1, 256 * KIB],
  [2_000 * 256 * KIB, 256 * KIB],
  [2_000 * 256 * KIB + 1, 512 * KIB],
  [2_000 * 8 * MIB, 8 * MIB],
  [2_000 * 8 * MIB + 1, 16 * MIB],
  [2 ** 50, 16 * MIB],
])("pieceBytesFor(%d) is %d", (bytes, pieceBytes) => {
  expect(pieceBytesFor(bytes)).toBe(pieceBytes);
});

test("pieceBytesFor() is a power of two that makes no more pieces than it must", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 45 }), (bytes) => {
      const pieceBytes = pieceBytesFor(bytes);
      const count = piecesCount(bytes, pieceBytes);

      expect(Number.isInteger(Math.log2(pieceBytes))).toBe(true);
      expect(count <= 2_000 || pieceBytes === 16 * MIB).toBe(true);
      expect(count > 1_000 || pieceBytes === 256 * KIB).toBe(true);
    }),
  );
});

test("piecesCount() counts the short last piece", () => {
  expect([1, 9, 10, 11, 20].map((bytes) => piecesCount(bytes, 10))).toEqual([1, 1, 1, 2, 2]);
});
