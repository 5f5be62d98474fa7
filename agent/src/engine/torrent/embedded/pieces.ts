import type { Metainfo, MetainfoFile } from "../metainfo.ts";

/** A stretch of bytes of one file: where it begins in the file and in what was asked for. */
export type Stretch = { file: MetainfoFile; at: number; from: number; length: number };

export const pieceCount = ({ length, pieceLength }: Pick<Metainfo, "length" | "pieceLength">): number =>
  Math.ceil(length / pieceLength);

/** Bytes of one piece; the last one is shorter. */
export const pieceBytes = ({ length, pieceLength }: Metainfo, index: number): number =>
  Math.min(pieceLength, length - index * pieceLength);

/** The files that `length` bytes from `start` on lie in, in order. Files without content are in none. */
export function stretchesOf(files: readonly MetainfoFile[], start: number, length: number): Stretch[] {
  const stretches: Stretch[] = [];
  for (let at = firstAt(files, start); at < files.length; at += 1) {
    const file = files[at];
    if (file === undefined || file.offset >= start + length) break;
    const from = Math.max(start, file.offset);
    const to = Math.min(start + length, file.offset + file.length);
    if (to > from) stretches.push({ file, at: from - file.offset, from: from - start, length: to - from });
  }
  return stretches;
}

/** The first file that ends behind `start`; torrents may have a hundred thousand, so it is not looked for one by one. */
function firstAt(files: readonly MetainfoFile[], start: number): number {
  let [low, high] = [0, files.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const file = files[middle];
    if (file !== undefined && file.offset + file.length <= start) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The pieces that a file lies in, the last included; null for a file without content. */
export function piecesOf({ pieceLength }: Metainfo, file: MetainfoFile): { first: number; last: number } | null {
  if (file.length === 0) return null;
  return {
    first: Math.floor(file.offset / pieceLength),
    last: Math.floor((file.offset + file.length - 1) / pieceLength),
  };
}

/** Bits as peers write them: the first piece is the highest bit of the first byte. */
export const hasBit = (bits: Uint8Array, index: number): boolean =>
  ((bits[index >>> 3] ?? 0) & (0x80 >>> (index & 7))) !== 0;

export function setBit(bits: Uint8Array, index: number): void {
  bits[index >>> 3] = (bits[index >>> 3] ?? 0) | (0x80 >>> (index & 7));
}
