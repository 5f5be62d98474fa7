import { createHash } from "node:crypto";
import { type Entry, openPromise } from "yauzl";

export type ZipEntry = Entry;

const OPTIONS = { validateEntrySizes: true, strictFileNames: true };

/** The central directory as an independent reader sees it. */
export async function listZip(path: string): Promise<ZipEntry[]> {
  const zip = await openPromise(path, OPTIONS);
  return await Array.fromAsync(zip.eachEntry());
}

/** Every entry's content by path, as an independent reader unpacks it. Only for small archives. */
export async function readZip(path: string): Promise<Map<string, Buffer>> {
  const contents = new Map<string, Buffer>();
  const zip = await openPromise(path, OPTIONS);
  for await (const entry of zip.eachEntry()) {
    const stream = await zip.openReadStreamPromise(entry);
    contents.set(entry.fileName, Buffer.concat(await Array.fromAsync<Buffer>(stream)));
  }
  return contents;
}

export const sha256 = (bytes: Uint8Array | string): string => createHash("sha256").update(bytes).digest("hex");
