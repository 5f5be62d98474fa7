import { lstat } from "node:fs/promises";
import { join } from "node:path";
import type { Content } from "./content.ts";
import type { TorrentState } from "./states.ts";

type Verified = NonNullable<TorrentState["verified"]>;

/** What is verified, with size and time of change of every file that has a part in it. Only true while nobody writes. */
export async function stampVerified(content: Content, folder: string): Promise<Verified> {
  return { pieces: Buffer.from(content.verified).toString("base64"), stamps: await stampsOf(content, folder) };
}

/** Takes over what was verified when no file has changed since; else forgets it all. */
export async function trustVerified(content: Content, folder: string, known: Verified | null): Promise<boolean> {
  content.forget();
  if (known === null) return false;
  if (JSON.stringify(await stampsOf(content, folder)) !== JSON.stringify(known.stamps)) return false;
  return content.restore(Buffer.from(known.pieces, "base64"));
}

async function stampsOf({ touched }: Content, folder: string): Promise<Verified["stamps"]> {
  const stamps: Verified["stamps"] = [];
  for (const { path } of touched) {
    const found = await lstat(join(folder, ...path.split("/"))).catch(() => null);
    stamps.push(found === null ? null : [found.size, found.mtimeMs]);
  }
  return stamps;
}
