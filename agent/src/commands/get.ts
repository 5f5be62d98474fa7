import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { type FailureReport, LIMITS } from "@modfleet/protocol";
import type { Command } from "commander";
import type { FetchOutcome } from "../engine/engine.ts";
import type { PackOutcome } from "../pack/pack.ts";
import type { GetContext } from "./get-context.ts";
import { failureLine, unwritableLine } from "./get-failure.ts";
import { choosePlace, publishDraft } from "./get-file.ts";
import { type Item, lookUpItem } from "./get-item.ts";
import { parseTarget } from "./get-target.ts";
import { getFromCommand } from "./library/get-from.ts";
import { createProgress, type Progress } from "./progress.ts";
import { formatBytes } from "./progress-bytes.ts";

export type GetOptions = { target: string; output?: string; force: boolean; json: boolean };

type Packed = Extract<PackOutcome, { kind: "packed" }>;
type Result =
  | {
      exit: 0;
      item: Item;
      path: string;
      packed: Packed;
      fetched: Extract<FetchOutcome, { kind: "fetched" }>["fetched"];
    }
  | { exit: 1 | 2 | 130; problem: string; code?: FailureReport["code"] };

const INTERRUPTED: Result = { exit: 130, problem: "Interrupted; nothing was written" };

/** The engine gives processes that share one data folder SteamCMDs of their own. */
const SLOT = 0;

/**
 * Fetches one Workshop item without any gateway and writes it as a zip. The answer is the exit code; the file exists only if it is
 * 0. Never throws for what Steam, SteamCMD or a disk may do.
 */
export async function getCommand(options: GetOptions, context: GetContext): Promise<number> {
  const progress = createProgress({ output: context.stderr, now: context.now });
  const ended = await get(options, context, progress).catch((error: unknown): Result => {
    return { exit: 1, problem: `Cannot fetch ${options.target}: ${error instanceof Error ? error.message : error}` };
  });
  progress.stop();
  const result = context.signal.aborted && ended.exit !== 0 ? INTERRUPTED : ended;
  tell(result, options, context);
  return result.exit;
}

async function get(options: GetOptions, context: GetContext, progress: Progress): Promise<Result> {
  const target = parseTarget(options.target);
  if (!target.ok) return { exit: 2, problem: target.problem };
  const found = await lookUpItem(target.id, { ...context, api: context.steamApiUrl });
  if (!found.ok) return { exit: 1, problem: found.problem };
  const { item } = found;
  const place = await choosePlace(item, { cwd: context.cwd, output: options.output, force: options.force });
  if (!place.ok) return { exit: 2, problem: place.problem };
  await mkdir(context.scratch, { recursive: true, mode: 0o700 });
  const folder = await mkdtemp(join(context.scratch, "get-"));
  try {
    const work = { item, folder, draft: place.draft, context, progress };
    const fetched = await fetchItem(work);
    if (fetched.kind !== "fetched") return toResult(item, fetched);
    const packed = await packItem(work, fetched.root);
    if (packed.kind === "failed" && packed.unwritable !== undefined) {
      return { exit: 1, problem: unwritableLine(place.path, packed.unwritable), code: packed.failure.code };
    }
    if (packed.kind !== "packed") return toResult(item, packed);
    const problem = await publishDraft(place, options.force);
    if (problem !== null) return { exit: 1, problem };
    return { exit: 0, item, path: place.path, packed, fetched: fetched.fetched };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

type Job = { item: Item; folder: string; draft: string; context: GetContext; progress: Progress };

async function fetchItem({ item, folder, context, progress }: Job): Promise<FetchOutcome> {
  progress.stage(`Fetching ${printable(item.title) || item.id}`);
  const engine = await context.createEngine();
  return await engine.fetch({
    source: { kind: "workshop", app: item.app, item: item.id, ...(item.fileUrl !== null && { fileUrl: item.fileUrl }) },
    folder,
    maxBytes: LIMITS.archiveBytesMax,
    expectedBytes: item.bytes,
    slot: SLOT,
    onProgress: ({ bytes, total }) => progress.update({ bytes, total: total ?? item.bytes }),
    signal: context.signal,
  });
}

async function packItem({ draft, context, progress }: Job, root: string): Promise<PackOutcome> {
  progress.stage("Packing");
  const { signal } = context;
  return await context.pack({
    root,
    target: draft,
    maxBytes: LIMITS.archiveBytesMax,
    onProgress: progress.update,
    signal,
  });
}

function toResult(item: Item, outcome: { kind: "failed"; failure: FailureReport } | { kind: "cancelled" }): Result {
  if (outcome.kind === "cancelled") return INTERRUPTED;
  return { exit: 1, problem: failureLine(item.id, outcome.failure), code: outcome.failure.code };
}

function tell(result: Result, { json }: GetOptions, { stdout, stderr }: GetContext): void {
  if (result.exit !== 0) {
    stderr.write(`${printable(result.problem)}\n`);
    if (json) stdout.write(`${JSON.stringify({ ok: false, code: result.code ?? null, message: result.problem })}\n`);
    return;
  }
  const { item, path, packed, fetched } = result;
  const { bytes, sha256, tree, entries } = packed;
  if (json) {
    const { id, app, title } = item;
    stdout.write(
      `${JSON.stringify({ ok: true, id, app, title, file: path, bytes, sha256, tree, entries, fetched })}\n`,
    );
  } else {
    stdout.write(`Wrote ${path} (${formatBytes(bytes)}, ${entries} ${entries === 1 ? "file" : "files"})\n`);
  }
}

/** Titles and paths may hold anything, escape sequences for the terminal included. */
const printable = (text: string): string => text.replace(/\p{C}+/gu, " ").trim();

/** Adds `get` to the command line. */
export function registerGet(program: Command, context: GetContext): void {
  program
    .command("get")
    .description("fetch Workshop items and write each as a zip: from Steam, without any gateway, or from a library")
    .argument("<items...>", "Workshop ids, or the addresses of their pages")
    .option("--from <gateway>", "ask this library instead of Steam, like https://mods.example.org")
    .option("-o, --output <file>", "file or folder to write to (default: <title>-<id>.zip here)")
    .option("-f, --force", "write over an existing file", false)
    .option("--json", "print each result as one JSON object on a line", false)
    .action(async (targets: string[], { from, ...options }: GivenOptions) => {
      const exit =
        from === undefined
          ? await getEach(targets, options, context)
          : await getFromCommand({ targets, from, ...options }, context);
      context.exit(exit);
    });
}

type GivenOptions = Omit<GetOptions, "target"> & { from?: string };

/** One after the other, because they share one SteamCMD; the worst exit code of all. */
async function getEach(
  targets: readonly string[],
  options: Omit<GetOptions, "target">,
  context: GetContext,
): Promise<number> {
  let worst = 0;
  for (const target of targets) {
    worst = Math.max(worst, await getCommand({ target, ...options }, context));
    if (context.signal.aborted) break;
  }
  return worst;
}
