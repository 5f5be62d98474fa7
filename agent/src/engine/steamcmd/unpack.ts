import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { buffer } from "node:stream/consumers";
import { promisify } from "node:util";
import { gunzip, type ZlibOptions } from "node:zlib";
import { pathFault } from "@modfleet/protocol";
import { unzipSync } from "fflate";
import { extract } from "tar-stream";

/** What SteamCMD's installer unpacks to is below 10 MB in about ten files. */
const UNPACKED_BYTES_MAX = 128 * 1024 * 1024;
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
  // Unpacked as a whole before anything is written: a tar stream that breaks inside a file leaves its readers hanging.
  const tar = await promisify<Uint8Array, ZlibOptions, Buffer>(gunzip)(archive, {
    maxOutputLength: UNPACKED_BYTES_MAX,
  });
  const entries = extract();
  const budget = createBudget();
  entries.end(tar);
  for await (const entry of entries) {
    const { name, type, size = 0, mode = 0o644 } = entry.header;
    if (type !== "file") {
      // Folders are made as needed; links and devices are none of the installer's.
      entry.resume();
      continue;
    }
    const path = placeOf(name, target);
    budget.spend(size);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, await buffer(entry), { mode: (mode & 0o111) === 0 ? 0o644 : 0o755 });
  }
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
