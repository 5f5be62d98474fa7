import fc from "fast-check";
import { expect, test } from "vitest";
import { noise, piecesOf } from "../../../test/pieces.ts";
import { createPieceHasher } from "./piece-hasher.ts";

test.each([1, 99, 100, 101, 199, 200, 201, 350])(
  "createPieceHasher() gives what hashing the pieces of %d bytes one by one gives",
  (size) => {
    const bytes = noise(size);
    const hasher = createPieceHasher(size, 100);
    hasher.add(bytes);

    expect(hasher.finish()).toEqual(piecesOf(bytes, 100));
  },
);

test("createPieceHasher() does not care in which chunks the bytes come", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), fc.integer({ min: 1, max: 50 }), (chunks, pieceBytes) => {
      const bytes = Buffer.concat(chunks);
      const hasher = createPieceHasher(bytes.length, pieceBytes);
      for (const chunk of chunks) hasher.add(chunk);

      expect(hasher.finish()).toEqual(piecesOf(bytes, pieceBytes));
    }),
  );
});
