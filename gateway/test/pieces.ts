import { createHash } from "node:crypto";
import type { ArchivePieces } from "../src/domain/pieces.ts";
import { honestZip } from "./archives.ts";

export const KIB_256 = 256 * 1024;

/** The pieces of these bytes, cut out and hashed one by one. */
export function piecesOf(bytes: Uint8Array, pieceBytes = KIB_256): ArchivePieces {
  const hashes: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    hashes.push(
      createHash("sha1")
        .update(bytes.subarray(at, at + pieceBytes))
        .digest(),
    );
  }
  return { pieceBytes, hashes: new Uint8Array(Buffer.concat(hashes)) };
}

/** Bytes that look random and are the same each time. */
export function noise(bytes: number): Buffer {
  return Buffer.from(
    Uint32Array.from({ length: Math.ceil(bytes / 4) }, (_, i) => Math.imul(i + 1, 2_654_435_761)).buffer,
    0,
    bytes,
  );
}

/** A zip of exactly so many bytes with one file, and that file. */
export async function zipOf(bytes: number): Promise<{ zip: Buffer; files: Record<string, Buffer> }> {
  const around = (await honestZip({ "a.bin": "" }, { compress: false })).length;
  const files = { "a.bin": noise(bytes - around) };
  return { zip: await honestZip(files, { compress: false }), files };
}
