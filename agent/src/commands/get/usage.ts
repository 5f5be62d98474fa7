import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { TorrentError } from "../../engine/torrent/client.ts";
import { METAINFO_BYTES_MAX, parseMetainfo } from "../../engine/torrent/metainfo.ts";
import { reasonOf } from "../../pack/pack-failure.ts";
import type { GetContext } from "./get-context.ts";
import type { WantedTorrent } from "./job.ts";
import { isFolderName, notFolderProblem } from "./output-folder.ts";
import { parseTarget, type Target, targetKey } from "./parse-target.ts";
import { choosePlace, kindOf } from "./place.ts";
import { printable } from "./result.ts";

/** What was asked for, each thing once, with the torrent files read. */
export type AskedFor =
  | { target: Exclude<Target, { kind: "torrent" }> }
  | { target: Extract<Target, { kind: "torrent" }>; torrent: WantedTorrent };
export type Wrong = { target: string | null; problem: string };
export type Usage =
  | { ok: true; wanted: AskedFor[] /** Whether `-o` names a folder, which may have to be made. */; isFolder: boolean }
  | { ok: false; wrong: Wrong[] };

export type Given = {
  targets: readonly string[];
  output: string | undefined;
  force: boolean;
  asFile: boolean;
  /** Whether a torrent becomes one file, and may have any name. */
  isZipped?: boolean;
};

/** Everything that is wrong with a command line before anything is asked; what is named twice is fetched once. */
export async function checkUsage(given: Given, cwd: string): Promise<Usage> {
  const { targets, asFile } = given;
  const wrong: Wrong[] = [];
  const wanted = new Map<string, AskedFor>();
  for (const text of targets) {
    const parsed = parseTarget(text, { asFile });
    const read = parsed.ok ? await readTarget(parsed.target, cwd) : parsed.problem;
    if (typeof read === "string") wrong.push({ target: text, problem: read });
    else wanted.set(keyOfWanted(read), read);
  }
  const all = [...wanted.values()];
  const isFolder = needsFolder(all, given);
  const outputProblem = all.length === 0 ? null : await checkOutput(all, given, { cwd, isFolder });
  if (outputProblem !== null) wrong.push({ target: null, problem: outputProblem });
  return wrong.length === 0 ? { ok: true, wanted: all, isFolder } : { ok: false, wrong };
}

/** The same for what means the same: a torrent is its info-hash wherever that is known. */
export function keyOfWanted(wanted: AskedFor): string {
  const infoHash = "torrent" in wanted ? wanted.torrent.infoHash : null;
  return infoHash === null ? targetKey(wanted.target) : `torrent:${infoHash}`;
}

async function readTarget(target: Target, cwd: string): Promise<AskedFor | string> {
  if (target.kind !== "torrent") return { target };
  const { from } = target;
  if (from.kind === "url") return { target, torrent: { infoHash: null, from } };
  if (from.kind === "magnet")
    return { target, torrent: { infoHash: targetKey(target).slice("torrent:".length), from } };
  const read = await readTorrentFile(resolve(cwd, from.path));
  return typeof read === "string" ? `Cannot read ${JSON.stringify(from.path)}: ${read}` : { target, torrent: read };
}

async function readTorrentFile(path: string): Promise<WantedTorrent | string> {
  try {
    const { size } = await stat(path);
    if (size > METAINFO_BYTES_MAX) return "it is too large for a torrent. Give the .torrent file itself";
    const bytes = await readFile(path);
    return { infoHash: parseMetainfo(bytes).infoHash, from: { kind: "metainfo", bytes } };
  } catch (error) {
    if (error instanceof TorrentError) return `${error.message}. Get it from its source again`;
    return `${reasonOf(error)}. Give the path of a .torrent file that is here, or its address`;
  }
}

/** One file can have any name; several, and whatever a torrent holds, go into a folder. */
function needsFolder(wanted: readonly AskedFor[], { output = "", isZipped = false }: Given): boolean {
  const isTorrent = !isZipped && wanted[0]?.target.kind === "torrent";
  return wanted.length > 1 || isTorrent || isFolderName(output);
}

async function checkOutput(
  [only]: readonly AskedFor[],
  { output, force }: Given,
  { cwd, isFolder }: { cwd: string; isFolder: boolean },
): Promise<string | null> {
  if (output === undefined) return null;
  if (isFolder) return await notFolderProblem(cwd, output);
  const kind = await kindOf(resolve(cwd, output));
  // A folder has room for any name, and an id may be that of a collection, for which one is made.
  if (kind === "folder" || (kind === "nothing" && only?.target.kind === "workshop")) return null;
  const place = await choosePlace({ name: "", mark: "" }, { cwd, output, force });
  return place.ok ? null : place.problem;
}

/** Says everything that is wrong; the answer is the exit code. */
export function tellWrong(wrong: readonly Wrong[], json: boolean, { stdout, stderr }: GetContext): number {
  for (const { target, problem } of wrong) {
    const message = printable(problem);
    stderr.write(`${message}\n`);
    if (json)
      stdout.write(`${JSON.stringify({ ok: false, ...(target !== null && { target }), code: null, message })}\n`);
  }
  return 2;
}
