import { access, constants, link, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { reasonOf } from "../pack/pack-failure.ts";
import { unwritableLine } from "./get-failure.ts";
import type { Item } from "./get-item.ts";

const TITLE_LENGTH_MAX = 80;

/** `<safe title>-<id>.zip`: a plain name on every system, whatever the author called the item. */
export function fileNameFor({ id, title }: Pick<Item, "id" | "title">): string {
  const safe = title
    .normalize("NFC")
    .replace(/[^\p{L}\p{M}\p{N} ._-]+/gu, "_")
    .replace(/\s+/g, " ")
    .replace(/^[ ._-]+/, "");
  const short = [...safe]
    .slice(0, TITLE_LENGTH_MAX)
    .join("")
    .replace(/[ ._-]+$/, "");
  return `${short || "mod"}-${id}.zip`;
}

export type Place =
  | { ok: true; path: string /** Beside it, so that the last step is a rename. */; draft: string }
  | { ok: false; problem: string /** The file that has the name already. */; existing?: string };

export type PlaceOptions = { cwd: string; output: string | undefined; force: boolean };

/** Where the archive goes: the file that was asked for, or the default name in that folder or here. Refuses what exists. */
export async function choosePlace(
  item: Pick<Item, "id" | "title">,
  { cwd, output, force }: PlaceOptions,
): Promise<Place> {
  const asked = resolve(cwd, output ?? ".");
  const isFolder = (await kindOf(asked)) === "folder";
  const path = isFolder ? join(asked, fileNameFor(item)) : asked;
  if ((await kindOf(dirname(path))) !== "folder") {
    return { ok: false, problem: `Cannot write ${path}: there is no folder ${dirname(path)}. Create it first` };
  }
  const forbidden = await access(dirname(path), constants.W_OK).then(() => null, reasonOf);
  if (forbidden !== null) return { ok: false, problem: unwritableLine(path, forbidden) };
  const existing = await kindOf(path);
  if (existing === "folder" || existing === "special") {
    return { ok: false, problem: `Cannot write ${path}: it exists and is no file. Choose another name with -o` };
  }
  if (existing === "file" && !force) return { ok: false, problem: existsText(path), existing: path };
  return { ok: true, path, draft: join(dirname(path), `.${basename(path)}.${item.id}`) };
}

async function kindOf(path: string): Promise<"file" | "folder" | "special" | "nothing"> {
  const found = await stat(path).catch(() => null);
  if (found === null) return "nothing";
  if (found.isDirectory()) return "folder";
  return found.isFile() ? "file" : "special";
}

const existsText = (path: string): string =>
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
