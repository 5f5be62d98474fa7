import type { Readable } from "node:stream";
import { type Entry, openPromise, type ZipFile } from "yauzl";
import { unpackEntry } from "../blobs/unpack-entry.ts";
import { BZIP2 } from "../blobs/zip/entry-rules.ts";
import { AppError } from "../domain/errors.ts";

/**
 * One file of a local archive that was checked, unpacked as it is read; closing the stream closes the archive. Throws
 * `not_found` for an unknown path.
 */
export async function readEntry(archivePath: string, entryPath: string): Promise<Readable> {
  // Names are compared as bytes: yauzl would make slashes of backslashes, which archives taken over may have.
  const zip = await openPromise(archivePath, { lazyEntries: true, autoClose: false, decodeStrings: false });
  const name = Buffer.from(entryPath);
  try {
    for await (const entry of zip.eachEntry()) {
      if (!name.equals(entry.fileNameRaw)) continue;
      const stream = await openEntry(zip, entry, archivePath);
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

async function openEntry(zip: ZipFile, entry: Entry, path: string): Promise<Readable> {
  if (entry.compressionMethod !== BZIP2) return zip.openReadStreamPromise(entry);
  const { fileDataStart: start } = await zip.readLocalFileHeaderPromise(entry, { minimal: true });
  const { compressedSize: compressed, uncompressedSize: size, crc32: crc } = entry;
  return unpackEntry({ path, start, compressed, size, crc });
}
