/** An archive in pieces, as torrents of version 1 have them: all of `pieceBytes`, but the last one. */
export type ArchivePieces = {
  pieceBytes: number;
  /** SHA-1 of each piece in order, `PIECE_HASH_BYTES` each. */
  hashes: Uint8Array;
};

/**
 * Pieces that can be had now. `damaged`: the archive's bytes are lost, or are others than were published. `later`: they are
 * being made, and asking again makes sense after so long.
 */
export type HeldPieces =
  | { kind: "here"; pieces: ArchivePieces }
  | { kind: "damaged" }
  | { kind: "later"; retryAfterSeconds: number };

/** Length of a SHA-1. */
export const PIECE_HASH_BYTES = 20;

const PIECE_BYTES_MIN = 256 * 1024;
/** Clients keep whole pieces in memory. */
const PIECE_BYTES_MAX = 16 * 1024 * 1024;
/** So that the metainfo stays below 50 KB. */
const PIECES_MAX = 2_000;

/**
 * How large the pieces of an archive are: a power of two, so that there are at most 2,000 of them, or more of the largest.
 * Never to be changed: it is part of every info-hash.
 */
export function pieceBytesFor(bytes: number): number {
  let pieceBytes = PIECE_BYTES_MIN;
  while (pieceBytes < PIECE_BYTES_MAX && bytes > pieceBytes * PIECES_MAX) pieceBytes *= 2;
  return pieceBytes;
}

/** How many pieces so many bytes have. */
export function piecesCount(bytes: number, pieceBytes: number): number {
  return Math.ceil(bytes / pieceBytes);
}
