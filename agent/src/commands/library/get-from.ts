import { createClient, type Mod, type ModfleetClient, ModfleetError } from "@modfleet/client";
import type { ModId } from "@modfleet/protocol";
import { reasonOf } from "../../pack/pack-failure.ts";
import type { GetContext } from "../get-context.ts";
import { oneLine, unwritableLine } from "../get-failure.ts";
import { choosePlace, publishDraft } from "../get-file.ts";
import type { Progress } from "../progress.ts";
import { createProgressBoard } from "../progress-board.ts";
import { formatBytes } from "../progress-bytes.ts";
import { checkUsage, inTurns } from "./get-usage.ts";
import { createJobProgress } from "./job-progress.ts";
import { hashOf, partialOf } from "./partial.ts";
import { isFromDisk, saveArchive } from "./save-archive.ts";

export type GetFromOptions = {
  /** Ids, or addresses of their pages. */
  targets: readonly string[];
  /** Origin of the library. */
  from: string;
  output?: string;
  force: boolean;
  json: boolean;
};

type Done = {
  exit: 0;
  id: ModId;
  title: string;
  version: string | null;
  file: string;
  bytes: number;
  sha256: string;
  /** An earlier command has written it; nothing was downloaded. */
  wasHere: boolean;
};
type Failed = { exit: 1 | 2 | 130; id: ModId; problem: string; code?: ModfleetError["code"] };
type Result = Done | Failed;

/** Archives on their way at once; a person's line is full with less. */
const AT_ONCE_MAX = 4;
const KEPT = "What arrived is kept: the same command goes on from there";

/**
 * Asks a library for mods and writes them as zips, several at once. The answer is the exit code, the worst of all: 0 done, 1 failed,
 * 2 wrong usage, 130 interrupted, and then the same command goes on where this one was. Never throws for what a library may do.
 */
export async function getFromCommand(options: GetFromOptions, context: GetContext): Promise<number> {
  const usage = await checkUsage(options, context.cwd);
  if (!usage.ok) {
    context.stderr.write(`${usage.problem}\n`);
    return 2;
  }
  context.watchInterrupts();
  const client = createClient({ baseUrl: usage.from, fetch: context.fetch });
  const board = createProgressBoard({ output: context.stderr, now: context.now });
  const results = await inTurns(usage.ids, AT_ONCE_MAX, async (id) => {
    const row = board.row(id);
    const result = await getOne({ id, client, row, options, context }).catch((error: unknown) => failed(id, error));
    row.stage(result.exit === 0 ? "Done" : "Not done");
    return context.signal.aborted && result.exit !== 0 ? interrupted(id) : result;
  });
  board.stop();
  for (const result of results) tell(result, options, context);
  return Math.max(...results.map(({ exit }) => exit));
}

type Work = { id: ModId; client: ModfleetClient; row: Progress; options: GetFromOptions; context: GetContext };

async function getOne({ id, client, row, options, context }: Work): Promise<Result> {
  const { signal, cwd, sleep } = context;
  row.stage("Asking the library");
  const mod = await client.fetch(id, { signal, onProgress: createJobProgress(row) });
  const place = await choosePlace({ id, title: mod.name }, { cwd, output: options.output, force: options.force });
  const onCheck = () => row.stage("Checking");
  const { version, ...archive } = archiveOf(mod);
  const done = { exit: 0, id, title: mod.name, version, bytes: archive.bytes } as const;
  if (!place.ok) {
    onCheck();
    const here = await alreadyHere(place.existing, archive, signal);
    return here === null ? { exit: 2, id, problem: place.problem } : { ...done, ...here };
  }

  row.stage("Downloading");
  const wanted = { ...archive, version, id, draft: place.draft };
  const saving = { ...wanted, signal, sleep, onCheck, onProgress: row.update };
  const saved = await saveArchive(client, saving).catch((error: unknown) => brokenOff(id, error, place));
  if ("exit" in saved) return saved;
  if (!saved.ok) return { exit: 1, id, problem: saved.problem };
  const problem = await publishDraft(place, options.force);
  if (problem !== null) return { exit: 1, id, problem };
  return { ...done, file: place.path, sha256: saved.sha256, wasHere: false };
}

/** The file in the way if it is the archive itself: an earlier command was done with it. */
async function alreadyHere(
  file: string | undefined,
  { sha256, bytes }: { sha256: string | null; bytes: number },
  signal: AbortSignal,
): Promise<Pick<Done, "file" | "sha256" | "wasHere"> | null> {
  if (file === undefined || sha256 === null) return null;
  return (await hashOf(file, bytes, signal)) === sha256 ? { file, sha256, wasHere: true } : null;
}

/** The archive a mod has: a version, whose bytes never change, or an imported one that nobody has hashed yet. */
function archiveOf({ current, imported, id }: Mod): { version: string | null; sha256: string | null; bytes: number } {
  if (current !== null) return { version: current.version, ...current.archive };
  if (imported !== null) return { version: null, sha256: null, bytes: imported.bytes };
  throw new Error(`The library has no archive of ${id} after all. Try again`);
}

async function brokenOff(id: ModId, error: unknown, place: { path: string; draft: string }): Promise<Failed> {
  if (isFromDisk(error)) return { exit: 1, id, problem: unwritableLine(place.path, reasonOf(error)) };
  const result = failed(id, error);
  const kept = await partialOf(place.draft).kept();
  return kept === null ? result : { ...result, problem: `${result.problem}. ${KEPT}` };
}

function failed(id: ModId, error: unknown): Failed {
  if (!(error instanceof ModfleetError))
    return { exit: 1, id, problem: error instanceof Error ? error.message : String(error) };
  const { message, code, retryAfterSeconds: seconds } = error;
  return { exit: 1, id, code, problem: seconds === null ? message : `${message}. Try again in ${seconds} s` };
}

function interrupted(id: ModId): Result {
  return { exit: 130, id, problem: `interrupted. ${KEPT}` };
}

function tell(result: Result, { json }: GetFromOptions, { stdout, stderr }: GetContext): void {
  if (result.exit !== 0) {
    const { id, problem, code = null } = result;
    const message = oneLine(problem);
    stderr.write(/^Cannot|exists already/.test(message) ? `${message}\n` : `Cannot get ${id}: ${message}\n`);
    if (json) stdout.write(`${JSON.stringify({ ok: false, id, code, message })}\n`);
    return;
  }
  const { exit: _, wasHere, ...told } = result;
  if (json) stdout.write(`${JSON.stringify({ ok: true, ...told })}\n`);
  else stdout.write(`${wasHere ? "Have" : "Wrote"} ${told.file} (${formatBytes(told.bytes)})\n`);
}
