import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { type ArchiveEntry, treeHash } from "@modfleet/protocol";
import { ZipFile } from "yazl";

/** A folder of its own for one test; removed with `await using`. */
export async function tempFolder(): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), "modfleet-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

export const sha256Of = (bytes: Uint8Array | string): string => createHash("sha256").update(bytes).digest("hex");

/** The tree hash of files given as path → content. */
export function treeOf(files: Readonly<Record<string, Uint8Array | string>>): string {
  const entries: ArchiveEntry[] = Object.entries(files).map(([path, content]) => ({
    path,
    size: Buffer.from(content).length,
    sha256: sha256Of(content),
  }));
  return treeHash(entries, createHash("sha256"));
}

/** An honest zip of files given as path → content, made the way agents make theirs. */
export async function honestZip(
  files: Readonly<Record<string, Uint8Array | string>>,
  { compress = true, zip64 = false }: { compress?: boolean; zip64?: boolean } = {},
): Promise<Buffer> {
  const zip = new ZipFile();
  for (const [path, content] of Object.entries(files)) {
    zip.addBuffer(Buffer.from(content), path, { compress, forceZip64Format: zip64, mtime: new Date(0) });
  }
  zip.end({ forceZip64Format: zip64, comment: "" });
  return buffer(zip.outputStream);
}

export type Written = { path: string; sha256: string; bytes: number };

/** Puts bytes into a file and says what is true about it. */
export async function writeArchive(folder: string, bytes: Buffer): Promise<Written> {
  const sha256 = sha256Of(bytes);
  const path = join(folder, `${sha256}.zip`);
  await writeFile(path, bytes);
  return { path, sha256, bytes: bytes.length };
}
