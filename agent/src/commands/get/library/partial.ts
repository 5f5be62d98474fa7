import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { pipeline } from "node:stream/promises";

/** What is here of a download: its bytes and the entity tag of the archive they are from. */
export type Kept = { bytes: number; etag: string };

/** An archive that is not all here yet, in a file beside its place; a second file says which archive it is. */
export type Partial = {
  path: string;
  /** What can be resumed; null when there is nothing, or nobody knows what it is. */
  kept(): Promise<Kept | null>;
  /** Begins anew with an archive; without an entity tag it cannot be resumed. */
  begin(etag: string | null): Promise<void>;
  /** SHA-256 of what is in the file, in hex. */
  hash(signal: AbortSignal): Promise<string>;
  /** Makes it the finished draft. */
  finish(draft: string): Promise<void>;
  remove(): Promise<void>;
};

const ETAG_LENGTH_MAX = 1_000;

/** The partial download that belongs to a draft; what an earlier command left is found again. */
export function partialOf(draft: string): Partial {
  const path = `${draft}.part`;
  const tagPath = `${draft}.etag`;
  const remove = async (): Promise<void> => {
    // The tag first: bytes without one are never resumed.
    await rm(tagPath, { force: true });
    await rm(path, { force: true });
  };
  return {
    path,
    async kept() {
      const [etag, file] = await Promise.all([readFile(tagPath, "utf8").catch(() => ""), stat(path).catch(() => null)]);
      const isTag = etag.length <= ETAG_LENGTH_MAX && /^"[\x21\x23-\x7e]*"$/.test(etag);
      return isTag && file?.isFile() && file.size > 0 ? { bytes: file.size, etag } : null;
    },
    async begin(etag) {
      await remove();
      await writeFile(path, "", { flag: "wx" });
      if (etag !== null) await writeFile(tagPath, etag);
    },
    hash: (signal) => sha256Of(path, signal),
    async finish(draft) {
      await rename(path, draft);
      await rm(tagPath, { force: true });
    },
    remove,
  };
}

/** SHA-256 of a file, in hex; null when it has another size, or cannot be read. */
export async function hashOf(path: string, bytes: number, signal: AbortSignal): Promise<string | null> {
  const file = await stat(path).catch(() => null);
  if (file?.size !== bytes) return null;
  return await sha256Of(path, signal).catch(() => null);
}

async function sha256Of(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash, { signal });
  return hash.digest("hex");
}
