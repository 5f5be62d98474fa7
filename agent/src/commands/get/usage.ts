import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { TorrentError } from "../../engine/torrent/client.ts";
import { METAINFO_BYTES_MAX, parseMetainfo } from "../../engine/torrent/metainfo.ts";
import { reasonOf } from "../../pack/pack-failure.ts";
import type { GetContext } from "./get-context.ts";
import type { WantedTorrent } from "./job.ts";
import { parseTarget, type Target, targetKey } from "./parse-target.ts";
import { choosePlace, kindOf } from "./place.ts";
import { printable } from "./result.ts";

/** What was asked for, each thing once, with the torrent files read. */
export type AskedFor =
  | { target: Exclude<Target, { kind: "torrent" }> }
  | { target: Extract<Target, { kind: "torrent" }>; torrent: WantedTorrent };
export type Wrong = { target: string | null; problem: string };
export type Usage = { ok: true; wanted: AskedFor[] } | { ok: false; wrong: Wrong[] };

export type Given = { targets: readonly string[]; output: string | undefined; force: boolean; asFile: boolean };

/** Everything that is wrong with a command line before anything is asked; what is named twice is fetched once. */
export async function checkUsage({ targets, output, force, asFile }: Given, cwd: string): Promise<Usage> {
  const wrong: Wrong[] = [];
  const wanted = new Map<string, AskedFor>();
  for (const text of targets) {
    const parsed = parseTarget(text, { asFile });
    const read = parsed.ok ? await readTarget(parsed.target, cwd) : parsed.problem;
    if (typeof read === "string") wrong.push({ target: text, problem: read });
    else wanted.set(keyOfWanted(read), read);
  }
  const outputProblem = await checkOutput([...wanted.values()], { cwd, output, force });
  if (outputProblem !== null) wrong.push({ target: null, problem: outputProblem });
  return wrong.length === 0 ? { ok: true, wanted: [...wanted.values()] } : { ok: false, wrong };
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

type OutputOptions = Pick<Given, "output" | "force"> & { cwd: string };

/** One file can have any name; several, and whatever a torrent holds, go into a folder. */
async function checkOutput(wanted: readonly AskedFor[], { cwd, output, force }: OutputOptions): Promise<string | null> {
  if (output === undefined || wanted.length === 0) return null;
  const problem = await notFolderProblem(cwd, output);
  if (problem === null || wanted.length > 1) return problem;
  if (wanted[0]?.target.kind === "torrent")
    return `Cannot write a torrent to ${output}: with torrents, -o names a folder that exists`;
  const place = await choosePlace({ name: "", mark: "" }, { cwd, output, force });
  return place.ok ? null : place.problem;
}

/** Why not more than one thing can be written to `output`; null when it can. */
export async function notFolderProblem(cwd: string, output: string | undefined): Promise<string | null> {
  if (output === undefined || (await kindOf(resolve(cwd, output))) === "folder") return null;
  return `Cannot write several to ${output}: with several targets or a collection, -o names a folder that exists`;
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
