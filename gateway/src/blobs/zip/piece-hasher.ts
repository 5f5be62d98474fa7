import { createHash } from "node:crypto";
import { type ArchivePieces, PIECE_HASH_BYTES, pieceBytesFor, piecesCount } from "../../domain/pieces.ts";

export type PieceHasher = {
  /** The file's next bytes. */
  add(bytes: Uint8Array): void;
  /** All pieces, once every byte was added. */
  finish(): ArchivePieces;
};

/** Hashes the pieces of a file of `size` bytes that comes in chunks of any length. Holds no more than the hashes. */
export function createPieceHasher(size: number, pieceBytes = pieceBytesFor(size)): PieceHasher {
  const hashes = new Uint8Array(piecesCount(size, pieceBytes) * PIECE_HASH_BYTES);
  let sha1 = createHash("sha1");
  let [done, left] = [0, pieceBytes];

  function close(): void {
    hashes.set(sha1.digest(), done);
    done += PIECE_HASH_BYTES;
    left = pieceBytes;
    sha1 = createHash("sha1");
  }

  return {
    add(bytes) {
      for (let from = 0; from < bytes.length; ) {
        const part = bytes.subarray(from, from + left);
        sha1.update(part);
        from += part.length;
        left -= part.length;
        if (left === 0) close();
      }
    },
    finish() {
      if (left < pieceBytes) close();
      return { pieceBytes, hashes };
    },
  };
}
