import { createHash } from "node:crypto";
import { closeSync, constants, fsyncSync, openSync, writevSync } from "node:fs";
import type { Sha256 } from "@modfleet/protocol";
import { free } from "./free.ts";
import { PackFailure, writing } from "./pack-failure.ts";

const FLUSH_BYTES = 1024 * 1024;
const FLUSH_PIECES = 512;
const FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | (constants.O_NOFOLLOW ?? 0);

/** A file that is written once from front to back and hashed on the way. */
export type OutputFile = {
  /** Bytes appended so far. */
  readonly bytes: number;
  /** Takes `piece` over: it is freed once it is written. */
  append(piece: Uint8Array): void;
  /** Makes everything durable and closes. Returns the SHA-256 of all bytes. */
  finish(): Sha256;
  /** Closes without finishing; harmless after `finish`. */
  close(): void;
};

/** Throws `PackFailure` with `too_large` past `bytesMax`, and `TargetFailure` when the disk refuses. */
export function createOutputFile(path: string, bytesMax: number): OutputFile {
  const fd = writing(path, () => openSync(path, FLAGS, 0o644));
  const hash = createHash("sha256");
  let waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  let bytes = 0;
  let isOpen = true;

  const flush = (): void => {
    writing(path, () => writeAll(fd, waiting));
    waiting.forEach(free);
    waiting = [];
    waitingBytes = 0;
  };
  const close = (): void => {
    if (isOpen) closeSync(fd);
    isOpen = false;
  };
  return {
    get bytes() {
      return bytes;
    },
    append(piece) {
      bytes += piece.length;
      if (bytes > bytesMax) throw new PackFailure("too_large", `The archive has more than ${bytesMax} bytes`);
      hash.update(piece);
      waiting.push(piece);
      waitingBytes += piece.length;
      if (waitingBytes >= FLUSH_BYTES || waiting.length >= FLUSH_PIECES) flush();
    },
    finish() {
      flush();
      writing(path, () => fsyncSync(fd));
      close();
      return hash.digest("hex");
    },
    close,
  };
}

/** A disk that fills up writes a part and says how much; only the next call says why. */
function writeAll(fd: number, pieces: readonly Uint8Array[]): void {
  let rest = pieces.filter((piece) => piece.length > 0);
  while (rest.length > 0) {
    let written = writevSync(fd, rest);
    const at = rest.findIndex((piece) => {
      if (written < piece.length) return true;
      written -= piece.length;
      return false;
    });
    rest = at < 0 ? [] : rest.slice(at).map((piece, i) => (i === 0 ? piece.subarray(written) : piece));
  }
}
