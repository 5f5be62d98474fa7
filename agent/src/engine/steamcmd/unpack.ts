import { createWriteStream } from "node:fs";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { pathFault } from "@modfleet/protocol";
import { unzipSync } from "fflate";
import { extract } from "tar-stream";

/** What SteamCMD's installer unpacks to is below 10 MB in about ten files. */
const UNPACKED_BYTES_MAX = 512 * 1024 * 1024;
const ENTRIES_MAX = 10_000;

/**
 * Unpacks Valve's installer, a `.tar.gz` or a `.zip` by its first bytes, into the empty folder `target`. Throws on anything
 * that is neither, that would leave the folder, or that is absurdly large.
 */
export async function unpackInstaller(archive: Uint8Array, target: string): Promise<void> {
  if (archive[0] === 0x1f && archive[1] === 0x8b) return await unpackTarball(archive, target);
  if (archive[0] === 0x50 && archive[1] === 0x4b) return await unpackZip(archive, target);
  throw new Error("Could not unpack SteamCMD: what was downloaded is no archive");
}

async function unpackTarball(archive: Uint8Array, target: string): Promise<void> {
  const entries = extract();
  const budget = createBudget();
  const done = pipeline(Readable.from([archive]), createGunzip(), entries);
  // Both ends report a broken archive; the loop's error is thrown, the pipeline's awaited below.
  done.catch(() => undefined);
  for await (const entry of entries) {
    const { type, size, mode } = entry.header;
    if (type === "file") {
      const path = placeOf(entry.header.name, target);
      budget.spend(size ?? 0);
      await mkdir(dirname(path), { recursive: true });
      await pipeline(entry, createWriteStream(path));
      await chmod(path, ((mode ?? 0o644) & 0o111) === 0 ? 0o644 : 0o755);
    } else {
      // Folders are made as needed; links and devices are none of the installer's.
      entry.resume();
    }
  }
  await done;
}

async function unpackZip(archive: Uint8Array, target: string): Promise<void> {
  const budget = createBudget();
  const files = unzipSync(archive, {
    filter: ({ name, originalSize }) => {
      if (name.endsWith("/")) return false;
      budget.spend(originalSize);
      return true;
    },
  });
  for (const [name, content] of Object.entries(files)) {
    const path = placeOf(name, target);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content, { mode: 0o755 });
  }
}

function placeOf(name: string, target: string): string {
  const relative = name.replaceAll("\\", "/").replace(/^(\.\/)+/, "");
  const fault = pathFault(relative);
  if (fault !== null) throw new Error(`Could not unpack SteamCMD: ${fault} in ${JSON.stringify(name)}`);
  return join(target, relative);
}

function createBudget(): { spend(bytes: number): void } {
  let bytes = 0;
  let entries = 0;
  return {
    spend(more) {
      bytes += more;
      entries += 1;
      if (bytes > UNPACKED_BYTES_MAX || entries > ENTRIES_MAX) {
        throw new Error("Could not unpack SteamCMD: the archive is absurdly large");
      }
    },
  };
}
