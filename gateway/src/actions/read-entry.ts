import type { Readable } from "node:stream";
import { openPromise } from "yauzl";
import { AppError } from "../domain/errors.ts";

/**
 * One file of a local archive, inflated as it is read; closing the stream closes the archive. Throws `unprocessable` for a
 * compression that only some unpackers know (archives taken over from PyTorrent have it), `not_found` for an unknown path.
 */
export async function readEntry(archivePath: string, entryPath: string): Promise<Readable> {
  const zip = await openPromise(archivePath, { lazyEntries: true, autoClose: false });
  try {
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName !== entryPath) continue;
      if (!entry.canDecodeFileData()) {
        const detail = { method: entry.compressionMethod };
        throw new AppError("unprocessable", "This file can only be had with the whole archive", { detail });
      }
      const stream = await zip.openReadStreamPromise(entry);
      stream.once("close", () => zip.close());
      return stream;
    }
  } catch (error) {
    zip.close();
    throw error;
  }
  zip.close();
  throw new AppError("not_found", `No file ${entryPath} in the archive`);
}
