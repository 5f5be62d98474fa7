import { join } from "node:path";
import { createProgress, type Progress } from "../progress.ts";
import { createProgressBoard, type ProgressBoard } from "../progress-board.ts";
import { shortTarget } from "./address.ts";
import { type Finished, openFinished } from "./finished.ts";
import type { GetContext } from "./get-context.ts";
import { getFile } from "./get-file.ts";
import { getItem } from "./get-item.ts";
import { getTorrent, lazyTorrents, type Torrents } from "./get-torrent.ts";
import type { Job, Wishes } from "./job.ts";
import { inTurns } from "./lanes.ts";
import { steamOf } from "./look-up.ts";
import { missingFolders, removeEmpty } from "./make-folder.ts";
import { outputFolder } from "./output-folder.ts";
import { type Plan, planJobs } from "./plan.ts";
import { createReport, INTERRUPTED, type Report, type Result } from "./result.ts";
import { sweepScratch } from "./sweep.ts";
import { checkUsage, tellWrong } from "./usage.ts";
import { keyOf } from "./workplace.ts";

export type GetOptions = {
  /** As they stood on the command line. */
  targets: readonly string[];
  output?: string | undefined;
  force: boolean;
  json: boolean;
  /** Takes the address of a `.torrent` file for that of any file. */
  asFile: boolean;
};

/** At work at once; a person's line is full with less. */
const AT_ONCE_MAX = 4;

/**
 * Fetches everything that is asked for without any gateway: Workshop items as zips, files as they are, what torrents hold. The answer
 * is the exit code, the worst of all: 0 done, 1 failed, 2 wrong usage, 130 interrupted, and then the same command goes on where this
 * one was. Never throws for what Steam, a server, a peer or a disk may do.
 */
export async function getCommand(options: GetOptions, context: GetContext): Promise<number> {
  const { targets, output, force, asFile, json } = options;
  const usage = await checkUsage({ targets, output, force, asFile }, context.cwd);
  if (!usage.ok) return tellWrong(usage.wrong, json, context);
  context.watchInterrupts();
  await sweepScratch(context.scratch, context.now());
  const plan = await planJobs(usage.wanted, steamOf(context));
  const folder = outputFolder(context.cwd, output);
  const isFolder = plan.jobs.length > 0 && (usage.isFolder || plan.hasCollection);
  const problem = isFolder ? await folder.ensure() : null;
  if (problem !== null) return tellWrong([{ target: null, problem }], json, context);
  const scratchFolders = await missingFolders(context.scratch);
  const report = createReport({ json, ...context });
  const exit = await runAll(plan, { output, force, asFile }, { context, report });
  await folder.tidy();
  await removeEmpty([...scratchFolders, context.scratch]);
  report.end(exit);
  return exit;
}

type Tools = { context: GetContext; report: Report };

async function runAll({ jobs, misses }: Plan, wishes: Wishes, { context, report }: Tools): Promise<number> {
  const exits: number[] = [];
  for (const { asked, failed } of misses) {
    const result = context.signal.aborted ? INTERRUPTED : failed;
    report.tell(asked, result);
    exits.push(result.exit);
  }
  const notes = join(context.scratch, `${keyOf(context.cwd, wishes.output ?? "", ...jobs.map(({ key }) => key))}.json`);
  const finished = await openFinished(notes);
  const board = boardFor(jobs, context);
  const torrents = lazyTorrents((place) => context.openTorrentClient({ stateFolder: null, ...place }));
  const tools = { context, wishes, board, torrents, finished: jobs.length > 1 ? finished : null };
  const run = async (job: Job): Promise<void> => {
    const result = await runOne(job, tools);
    report.tell(job.asked, result);
    exits.push(result.exit);
  };
  // Workshop items share one SteamCMD; everything else runs beside them.
  const [items, others] = [
    jobs.filter(({ kind }) => kind === "workshop"),
    jobs.filter(({ kind }) => kind !== "workshop"),
  ];
  await Promise.all([inTurns(items, 1, run), inTurns(others, AT_ONCE_MAX - Math.min(1, items.length), run)]);
  await torrents.close().catch(() => {});
  board.stop();
  const worst = Math.max(0, ...exits);
  if (worst === 0) await finished.forget();
  return worst;
}

type JobTools = {
  context: GetContext;
  wishes: Wishes;
  board: ProgressBoard;
  torrents: Torrents;
  /** Null for a command of one job: there is no rest to come back for. */
  finished: Finished | null;
};

async function runOne(job: Job, { context, wishes, board, torrents, finished }: JobTools): Promise<Result> {
  if (context.signal.aborted) return INTERRUPTED;
  const before = await finished?.find(job.key);
  if (before != null) return before;
  const row = board.row(rowName(job));
  const result = await dispatch(job, { context, wishes, row }, torrents).catch(
    (error: unknown): Result => ({
      exit: 1,
      problem: `Cannot fetch ${job.asked.id ?? job.asked.target}: ${error instanceof Error ? error.message : error}`,
    }),
  );
  // A row among others says how it ended.
  if (finished !== null) row.stage(result.exit === 0 ? "Done" : "Not done");
  row.stop();
  if (result.exit === 0) await finished?.add(job.key, result).catch(() => {});
  return context.signal.aborted && result.exit !== 0 ? INTERRUPTED : result;
}

async function dispatch(job: Job, work: Parameters<typeof getItem>[1], torrents: Torrents): Promise<Result> {
  switch (job.kind) {
    case "workshop":
      return await getItem(job, work);
    case "http":
      return await getFile(job, work, torrents);
    case "torrent":
      return await getTorrent(job, work, torrents);
  }
}

/** One target needs no name in front of its lines. */
function boardFor(jobs: readonly Job[], { stderr: output, now }: GetContext): ProgressBoard {
  if (jobs.length !== 1) return createProgressBoard({ output, now });
  let only: Progress | null = null;
  return {
    row: () => (only = createProgress({ output, now })),
    stop: () => only?.stop(),
  };
}

function rowName(job: Job): string {
  switch (job.kind) {
    case "workshop":
      return job.id;
    case "http":
      return shortTarget(job.url);
    case "torrent":
      return job.torrent.infoHash?.slice(0, 8) ?? "torrent";
  }
}
