import { type Mod, type ModfleetClient, ModfleetError, type WaitOptions } from "@modfleet/client";
import { reasonOf } from "../../../pack/pack-failure.ts";
import type { Progress } from "../../progress.ts";
import { formatBytes } from "../../progress-bytes.ts";
import { oneLine, unwritableLine } from "../failure-line.ts";
import type { GetContext } from "../get-context.ts";
import { choosePlace, fileNameFor, publishDraft } from "../place.ts";
import { type Failed, KEPT, type Result } from "../result.ts";
import { takeWorkplace } from "../workplace.ts";
import { createJobProgress } from "./job-progress.ts";
import { hashOf, partialOf } from "./partial.ts";
import { isFromDisk, saveArchive } from "./save-archive.ts";

export type ModWork = {
  /** What is asked for, in messages. */
  what: string;
  ask: (how: WaitOptions) => Promise<Mod>;
  client: ModfleetClient;
  row: Progress;
  options: { output?: string | undefined; force: boolean };
  context: GetContext;
};

type Archive = { version: string | null; sha256: string | null; bytes: number };

/** Asks a library for one mod, waits until its archive is there, and writes it. Throws what the library says before that. */
export async function getMod(work: ModWork): Promise<Result> {
  const { ask, row, options, context } = work;
  row.stage("Asking the library");
  const mod = await ask({ signal: context.signal, onProgress: createJobProgress(row) });
  const { id } = mod;
  const archive = archiveOf(mod);
  const thing = { name: fileNameFor({ id, title: mod.name }), mark: id };
  const place = await choosePlace(thing, { cwd: context.cwd, output: options.output, force: options.force });
  const done = (file: string, sha256: string): Result => ({
    ...{ exit: 0, file, summary: formatBytes(archive.bytes), wasHere: !place.ok },
    facts: { id, title: mod.name, version: archive.version, file, bytes: archive.bytes, sha256 },
  });
  if (!place.ok) {
    row.stage("Checking");
    const sha256 = await alreadyHere(place.existing, archive, context.signal);
    return sha256 === null ? { exit: 2, problem: place.problem } : done(place.existing ?? "", sha256);
  }
  const workplace = await takeWorkplace(`${place.draft}.lock`).catch((error: unknown) => reasonOf(error));
  if (typeof workplace === "string") return { exit: 1, problem: unwritableLine(place.path, workplace) };
  if (workplace === null)
    return { exit: 1, problem: `Cannot get ${work.what}: another command is at it. Wait until it is done` };
  try {
    const saved = await save(work, { id, ...archive }, place);
    return typeof saved === "string" ? done(place.path, saved) : saved;
  } finally {
    await workplace.remove();
  }
}

/** The file in the way if it is the archive itself: an earlier command was done with it. Its hash, or null. */
async function alreadyHere(
  file: string | undefined,
  { sha256, bytes }: Archive,
  signal: AbortSignal,
): Promise<string | null> {
  if (file === undefined || sha256 === null) return null;
  return (await hashOf(file, bytes, signal)) === sha256 ? sha256 : null;
}

/** The archive's hash once it is in its place. */
async function save(
  work: ModWork,
  archive: Archive & { id: string },
  place: { path: string; draft: string },
): Promise<string | Failed> {
  const { what, client, row, options, context } = work;
  row.stage("Downloading");
  const { signal, sleep } = context;
  const onCheck = (): void => row.stage("Checking");
  const saving = { ...archive, draft: place.draft, signal, sleep, onCheck, onProgress: row.update };
  const saved = await saveArchive(client, saving).catch((error: unknown) => brokenOff(what, error, place));
  if ("exit" in saved) return saved;
  if (!saved.ok) return toFailed(what, saved.problem);
  const problem = await publishDraft(place, options.force);
  return problem === null ? saved.sha256 : { exit: 1, problem };
}

/** The archive a mod has: a version, whose bytes never change, or an imported one that nobody has hashed yet. */
function archiveOf({ current, imported, id }: Mod): Archive {
  if (current !== null) return { version: current.version, ...current.archive };
  if (imported !== null) return { version: null, sha256: null, bytes: imported.bytes };
  throw new Error(`The library has no archive of ${id} after all. Try again`);
}

async function brokenOff(what: string, error: unknown, place: { path: string; draft: string }): Promise<Failed> {
  if (isFromDisk(error)) return { exit: 1, problem: unwritableLine(place.path, reasonOf(error)) };
  const result = failed(what, error);
  const kept = await partialOf(place.draft).kept();
  return kept === null ? result : { ...result, problem: `${result.problem}. ${KEPT}`, isKept: true };
}

/** What a library, or the way to it, threw. */
export function failed(what: string, error: unknown): Failed {
  if (!(error instanceof ModfleetError)) return toFailed(what, error instanceof Error ? error.message : String(error));
  const { message, code, retryAfterSeconds: seconds } = error;
  return { ...toFailed(what, seconds === null ? message : `${message}. Try again in ${seconds} s`), code };
}

const toFailed = (what: string, problem: string): Failed => ({
  exit: 1,
  problem: `Cannot get ${what}: ${oneLine(problem)}`,
});
