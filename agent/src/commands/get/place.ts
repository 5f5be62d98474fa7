import { access, constants, link, lstat, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { reasonOf } from "../../pack/pack-failure.ts";
import { unwritableLine } from "./failure-line.ts";
import type { Item } from "./look-up.ts";

const TITLE_LENGTH_MAX = 80;
/** With what is put around it a name stays below the 255 bytes that most systems allow. */
const TITLE_BYTES_MAX = 150;

/** `<safe title>-<id>.zip`: a plain name on every system, whatever the author called the item. */
export function fileNameFor({ id, title }: Pick<Item, "id" | "title">): string {
  const safe = title
    .normalize("NFC")
    .replace(/[^\p{L}\p{M}\p{N} ._-]+/gu, "_")
    .replace(/\s+/g, " ")
    .replace(/^[ ._-]+/, "");
  let letters = [...safe].slice(0, TITLE_LENGTH_MAX);
  while (Buffer.byteLength(letters.join("")) > TITLE_BYTES_MAX) letters = letters.slice(0, -1);
  return `${letters.join("").replace(/[ ._-]+$/, "") || "mod"}-${id}.zip`;
}

export type Place =
  | { ok: true; path: string /** Beside it, so that the last step is a rename. */; draft: string }
  | { ok: false; problem: string /** The file that has the name already. */; existing?: string };

export type PlaceOptions = { cwd: string; output: string | undefined; force: boolean };

/** What is to be written: its own name where none was chosen, and what tells its draft from those of others. */
export type Thing = { name: string; mark: string };

/** Where the file goes: the one that was asked for, or its own name in that folder or here. Refuses what exists. */
export async function choosePlace({ name, mark }: Thing, { cwd, output, force }: PlaceOptions): Promise<Place> {
  const asked = await askedPlace(cwd, output);
  const path = join(asked.folder, asked.name ?? name);
  const problem = await folderProblem(asked.folder, path);
  if (problem !== null) return { ok: false, problem };
  const existing = await kindOf(path);
  if (existing === "folder" || existing === "special") {
    return { ok: false, problem: `Cannot write ${path}: it exists and is no file. Choose another name with -o` };
  }
  if (existing === "file" && !force) return { ok: false, problem: existsText(path), existing: path };
  return { ok: true, path, draft: join(dirname(path), `.${basename(path)}.${mark}`) };
}

/** What `-o` means: a folder that exists, or a file's name in one. */
export async function askedPlace(cwd: string, output = "."): Promise<{ folder: string; name: string | null }> {
  const asked = resolve(cwd, output);
  if ((await kindOf(asked)) === "folder") return { folder: asked, name: null };
  return { folder: dirname(asked), name: basename(asked) };
}

/** Why nothing can be written into `folder`, at `path`; null when it can. */
export async function folderProblem(folder: string, path: string): Promise<string | null> {
  if ((await kindOf(folder)) !== "folder") return `Cannot write ${path}: there is no folder ${folder}. Create it first`;
  const forbidden = await access(folder, constants.W_OK).then(() => null, reasonOf);
  return forbidden === null ? null : unwritableLine(path, forbidden);
}

export async function kindOf(path: string): Promise<"file" | "folder" | "special" | "nothing"> {
  const found = await stat(path).catch(() => null);
  if (found === null) return "nothing";
  if (found.isDirectory()) return "folder";
  return found.isFile() ? "file" : "special";
}

export const existsText = (path: string): string =>
  `${path} exists already. Use --force to write over it, or -o to choose another name`;

/** Gives the finished draft its name in one step. A problem when somebody else took the name meanwhile. */
export async function publishDraft(place: { path: string; draft: string }, force: boolean): Promise<string | null> {
  try {
    if (force) await rename(place.draft, place.path);
    else await linkAndRemove(place);
    return null;
  } catch (error) {
    // Without its folder the draft is gone as well.
    await rm(place.draft, { force: true }).catch(() => {});
    if (errnoOf(error) === "EEXIST") return existsText(place.path);
    return unwritableLine(place.path, reasonOf(error));
  }
}

/**
 * Gives a file or a folder its place. What is there already goes to `aside`, if it may: a problem where it may not.
 */
export async function publishTree(
  tree: { from: string; path: string; aside: string },
  force: boolean,
): Promise<string | null> {
  const { from, path, aside } = tree;
  try {
    if (await isThere(path)) {
      if (!force) return existsText(path);
      await rm(aside, { recursive: true, force: true });
      await rename(path, aside);
    }
    await rename(from, path);
    return null;
  } catch (error) {
    return unwritableLine(path, reasonOf(error));
  }
}

/** A link that leads nowhere is there as well. */
export async function isThere(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => null)) !== null;
}

const WITHOUT_LINKS: readonly string[] = ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"];

/** A rename would write over a file that appeared meanwhile; a second name for the same file does not. */
async function linkAndRemove({ path, draft }: { path: string; draft: string }): Promise<void> {
  try {
    await link(draft, path);
  } catch (error) {
    // FAT and some network disks have no links; choosePlace has looked before.
    if (!WITHOUT_LINKS.includes(errnoOf(error))) throw error;
    await rename(draft, path);
    return;
  }
  await rm(draft);
}

function errnoOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}
