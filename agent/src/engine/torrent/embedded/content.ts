import { TorrentError, type TorrentFileStatus } from "../client.ts";
import type { Metainfo, MetainfoFile } from "../metainfo.ts";
import { hasBit, pieceBytes, pieceCount, piecesOf, setBit, stretchesOf } from "./pieces.ts";

/** A torrent's files, which of them are wanted, and which pieces are there. */
export class Content {
  readonly metainfo: Metainfo;
  /** Bytes of the files that are wanted. */
  readonly totalBytes: number;
  readonly #wanted: ReadonlySet<MetainfoFile>;
  #verified: Uint8Array;
  #bytes = 0;

  /** Throws `TorrentError` "invalid" when a file is wanted that is not in the torrent. */
  constructor(metainfo: Metainfo, wantedPaths: readonly string[] | null) {
    this.metainfo = metainfo;
    this.#wanted = new Set(wantedOf(metainfo, wantedPaths));
    this.totalBytes = [...this.#wanted].reduce((sum, { length }) => sum + length, 0);
    this.#verified = emptyBits(metainfo);
  }

  get wanted(): ReadonlySet<MetainfoFile> {
    return this.#wanted;
  }

  /** Verified bytes of the files that are wanted. */
  get bytes(): number {
    return this.#bytes;
  }

  get isComplete(): boolean {
    return this.#bytes === this.totalBytes;
  }

  /** A copy of what is verified, a bit for each piece. */
  get verified(): Uint8Array {
    return this.#verified.slice();
  }

  mark(index: number): void {
    if (hasBit(this.#verified, index)) return;
    setBit(this.#verified, index);
    const { files, pieceLength } = this.metainfo;
    for (const { file, length } of stretchesOf(files, index * pieceLength, pieceBytes(this.metainfo, index))) {
      if (this.#wanted.has(file)) this.#bytes += length;
    }
  }

  forget(): void {
    this.#verified = emptyBits(this.metainfo);
    this.#bytes = 0;
  }

  /** Takes over what was verified before; false when it belongs to another number of pieces. */
  restore(verified: Uint8Array): boolean {
    this.forget();
    if (verified.length !== this.#verified.length) return false;
    for (let index = 0; index < pieceCount(this.metainfo); index += 1) if (hasBit(verified, index)) this.mark(index);
    return true;
  }

  /** Runs of pieces that the wanted files need. */
  get needed(): { first: number; last: number }[] {
    return [...this.#wanted].flatMap((file) => piecesOf(this.metainfo, file) ?? []);
  }

  /** Files that are written to: the wanted ones, and neighbours that share a piece with them. */
  get touched(): MetainfoFile[] {
    const { files, pieceLength } = this.metainfo;
    const found = new Set(this.#wanted);
    for (const { first, last } of this.needed) {
      // Whatever lies wholly in between is the wanted file itself.
      for (const index of first === last ? [first] : [first, last]) {
        const near = stretchesOf(files, index * pieceLength, pieceBytes(this.metainfo, index));
        for (const { file } of near) if (!file.isPadding) found.add(file);
      }
    }
    return [...found];
  }

  files(): TorrentFileStatus[] {
    return this.metainfo.files
      .filter(({ isPadding }) => !isPadding)
      .map((file) => ({
        ...{ path: file.path, bytes: file.length },
        ...{ doneBytes: this.#doneBytesOf(file), isWanted: this.#wanted.has(file) },
      }));
  }

  #doneBytesOf(file: MetainfoFile): number {
    const pieces = piecesOf(this.metainfo, file);
    const { pieceLength } = this.metainfo;
    let bytes = 0;
    for (let index = pieces?.first ?? 0; index <= (pieces?.last ?? -1); index += 1) {
      if (!hasBit(this.#verified, index)) continue;
      const [from, to] = [index * pieceLength, index * pieceLength + pieceBytes(this.metainfo, index)];
      bytes += Math.min(to, file.offset + file.length) - Math.max(from, file.offset);
    }
    return bytes;
  }
}

const emptyBits = (metainfo: Metainfo): Uint8Array => new Uint8Array(Math.ceil(pieceCount(metainfo) / 8));

function wantedOf({ files }: Metainfo, paths: readonly string[] | null): MetainfoFile[] {
  const real = files.filter(({ isPadding }) => !isPadding);
  if (paths === null) return real;
  const byPath = new Map(real.map((file) => [file.path, file]));
  return paths.map((path) => {
    const file = byPath.get(path);
    if (file === undefined) throw new TorrentError("invalid", `The torrent has no file ${JSON.stringify(path)}`);
    return file;
  });
}
