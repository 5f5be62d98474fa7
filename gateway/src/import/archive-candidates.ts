import type { Dir } from "node:fs";
import { opendir, stat } from "node:fs/promises";
import { join } from "node:path";

/** What may be a mod's archive: a file `<game>/<mod>.zip`, or the folder `<game>/<mod>` from which it was to be made. */
export type Candidate = { mod: string; game: string; path: string; kind: "file" | "folder" };

const ID = "[1-9]\\d{0,18}";
const GAME = new RegExp(`^${ID}$`);
const ARCHIVE = new RegExp(`^(${ID})(\\.zip)?$`);

type OnOther = (path: string, why: "it is no archive of a mod" | "its folder could not be read") => void;

/** Everything of that form below `content`, one after the other; `onOther` hears of every other name, and of closed folders. */
export async function* archiveCandidates(
  content: string,
  onOther: OnOther,
  list: typeof opendir = opendir,
): AsyncGenerator<Candidate> {
  for await (const { name } of await opendir(content)) {
    const folder = join(content, name);
    // A game's folder may be a link to another disk.
    if (GAME.test(name) && (await isFolder(folder))) {
      const entries = await list(folder).catch(() => null);
      if (entries === null) onOther(name, "its folder could not be read");
      else yield* candidatesOf(name, { folder, entries }, onOther);
    } else onOther(name, "it is no archive of a mod");
  }
}

async function* candidatesOf(
  game: string,
  { folder, entries }: { folder: string; entries: Dir },
  onOther: OnOther,
): AsyncGenerator<Candidate> {
  for await (const entry of entries) {
    const [, mod, suffix] = ARCHIVE.exec(entry.name) ?? [];
    const path = join(folder, entry.name);
    if (mod !== undefined && suffix !== undefined) yield { mod, game, path, kind: "file" };
    else if (mod !== undefined && entry.isDirectory()) yield { mod, game, path, kind: "folder" };
    else onOther(`${game}/${entry.name}`, "it is no archive of a mod");
  }
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
