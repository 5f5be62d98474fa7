import { rm, rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { TorrentError } from "../client.ts";
import type { Content } from "./content.ts";
import { checkInside } from "./inside-folder.ts";

/** Removes the files that the torrent has written to, and the folders of its own that are empty then. Throws `TorrentError` "disk". */
export async function deleteData(content: Content, folder: string): Promise<void> {
  const paths = content.touched.map(({ path }) => path);
  const folders = new Set<string>();
  for (const path of paths) {
    for (let at = dirname(path); at !== "."; at = dirname(at)) folders.add(at);
  }
  // Nothing that lies behind a link to somewhere else is ours.
  await checkInside(folder, folders);
  try {
    for (const path of paths) await rm(join(folder, ...path.split("/")), { force: true });
  } catch (error) {
    throw new TorrentError("disk", error instanceof Error ? error.message : String(error), error);
  }
  // The deepest first; one that is not empty stays.
  for (const path of [...folders].toSorted((a, b) => b.length - a.length)) {
    await rmdir(join(folder, ...path.split("/"))).catch(() => undefined);
  }
}
