import type { FileHandle } from "node:fs/promises";
import type { ChunkStore, Part } from "webtorrent";
import type { Metainfo } from "../metainfo.ts";
import { createOpenFiles } from "./open-files.ts";
import { pieceBytes, pieceCount, type Stretch, stretchesOf } from "./pieces.ts";
import { processGate } from "./write-gate.ts";

export type FileStore = ChunkStore & {
  /** Resolves when everything is written, synced and closed. */
  shut(): Promise<void>;
};

/**
 * A torrent's pieces in its files below `folder`. WebTorrent's own store drops letters from names, writes padding (BEP 47) and keeps
 * every file open.
 */
export function createFileStore(metainfo: Metainfo, folder: string, openFilesMax: number): FileStore {
  const files = createOpenFiles(folder, openFilesMax);
  let closing: Promise<void> | null = null;

  const put = async (index: number, bytes: Uint8Array): Promise<void> => {
    checkPart(metainfo, index, { from: 0, length: bytes.length });
    const stretches = stretchesOf(metainfo.files, index * metainfo.pieceLength, bytes.length);
    await eachOf(stretches, ({ file, at, from, length }) =>
      files.use(file.path, "write", (handle) => writeWhole(handle, bytes.subarray(from, from + length), at)),
    );
  };
  const get = async (index: number, part: Part | null): Promise<Uint8Array> => {
    const from = part?.offset ?? 0;
    const length = part?.length ?? pieceBytes(metainfo, index) - from;
    checkPart(metainfo, index, { from, length });
    const bytes = Buffer.alloc(length);
    const stretches = stretchesOf(metainfo.files, index * metainfo.pieceLength + from, length);
    await eachOf(stretches, (stretch) =>
      files.use(stretch.file.path, "read", (handle) =>
        readWhole(handle, bytes.subarray(stretch.from, stretch.from + stretch.length), stretch.at),
      ),
    );
    return bytes;
  };
  const shut = (): Promise<void> => {
    closing ??= files.close();
    return closing;
  };

  return {
    chunkLength: metainfo.pieceLength,
    put: (index, bytes, done) => void processGate.hold(bytes.length, put(index, bytes)).then(() => done(null), done),
    get(index, part, done) {
      const answer = typeof part === "function" ? part : done;
      get(index, typeof part === "function" ? null : part).then((bytes) => answer?.(null, bytes), answer);
    },
    close: (done) => void shut().then(() => done(null), done),
    destroy: (done) => void shut().then(() => done(null), done),
    shut,
  };
}

/** A peer may ask for anything. */
function checkPart(metainfo: Metainfo, index: number, { from, length }: { from: number; length: number }): void {
  const isPiece = Number.isInteger(index) && index >= 0 && index < pieceCount(metainfo);
  if (isPiece && from >= 0 && length > 0 && from + length <= pieceBytes(metainfo, index)) return;
  throw new RangeError(`No such part of piece ${index}: ${length} bytes from ${from}`);
}

/** All but padding, which is zeros and lies nowhere. */
async function eachOf(stretches: readonly Stretch[], act: (stretch: Stretch) => Promise<void>): Promise<void> {
  for (const stretch of stretches) if (!stretch.file.isPadding) await act(stretch);
}

async function writeWhole(file: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, at + done);
    done += bytesWritten;
  }
}

async function readWhole(file: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesRead } = await file.read(bytes, done, bytes.length - done, at + done);
    if (bytesRead === 0) throw new Error("The file ends too early");
    done += bytesRead;
  }
}
