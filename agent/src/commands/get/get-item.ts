import { mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import { type FailureCode, type FailureReport, LIMITS } from "@modfleet/protocol";
import type { FetchOutcome } from "../../engine/engine.ts";
import type { PackOutcome } from "../../pack/pack.ts";
import { formatBytes } from "../progress-bytes.ts";
import { failureLine, unwritableLine } from "./failure-line.ts";
import { busy } from "./in-workplace.ts";
import type { JobOf, Work } from "./job.ts";
import { type Item, lookUp, steamOf } from "./look-up.ts";
import { makeFolder } from "./make-folder.ts";
import { choosePlace, fileNameFor, publishDraft } from "./place.ts";
import { type Failed, INTERRUPTED, KEPT, notFound, printable, type Result } from "./result.ts";
import { keyOf, takeWorkplace, type Workplace } from "./workplace.ts";

/** The engine gives processes that share one data folder SteamCMDs of their own. */
const SLOT = 0;

/** Failures of which the engine keeps what arrived. */
const RESUMABLE: ReadonlySet<FailureCode> = new Set<FailureCode>([
  "steam_timeout",
  "steam_unreachable",
  "rate_limited",
  "item_locked",
  "source_unreachable",
]);

type Fetched = Extract<FetchOutcome, { kind: "fetched" }>["fetched"];
type Packed = Extract<PackOutcome, { kind: "packed" }>;

/**
 * Fetches one Workshop item with SteamCMD, or from the address that legacy items have, and writes it as a zip. What an interrupted
 * command has loaded waits in the scratch folder for the same command.
 */
export async function getItem(job: JobOf<"workshop">, work: Work): Promise<Result> {
  const { context, wishes } = work;
  const looked = job.item === null ? await lookUp(job.id, steamOf(context)) : { kind: "item" as const, item: job.item };
  if (looked.kind === "problem") return notFound(looked);
  if (looked.kind === "collection") return { exit: 1, problem: `${job.id} is a collection. Fetch it by its own id` };
  const { item } = looked;
  const mark = keyOf(job.key, resolve(context.cwd, wishes.output ?? "."));
  await makeFolder(context.scratch, 0o700);
  const workplace = await takeWorkplace(resolve(context.scratch, `item-${mark}`));
  if (workplace === null) return busy(job.id);
  try {
    const { cwd, signal } = context;
    const place = await choosePlace({ name: fileNameFor(item), mark }, { cwd, ...wishes });
    const result: Result = place.ok
      ? await fetchAndPack({ item, place, workplace, work })
      : { exit: 2, problem: place.problem };
    const isKept = signal.aborted || (result.exit !== 0 && result.isKept === true);
    if (result.exit === 0 || !isKept) await workplace.remove();
    return result;
  } finally {
    await workplace.leave();
  }
}

type Order = { item: Item; place: { path: string; draft: string }; workplace: Workplace; work: Work };

async function fetchAndPack({ item, place, workplace, work }: Order): Promise<Result> {
  const folder = workplace.at("job");
  await mkdir(folder, { recursive: true });
  const fetched = await fetchItem(item, folder, work);
  if (fetched.kind !== "fetched") return toFailed(item, fetched);
  const packed = await packItem(fetched.root, place.draft, work);
  if (packed.kind === "failed" && packed.unwritable !== undefined)
    return { exit: 1, problem: unwritableLine(place.path, packed.unwritable), code: packed.failure.code };
  if (packed.kind !== "packed") return toFailed(item, packed);
  const problem = await publishDraft(place, work.wishes.force);
  return problem === null ? toDone(item, place.path, { packed, fetched: fetched.fetched }) : { exit: 1, problem };
}

async function fetchItem(item: Item, folder: string, { context, row }: Work): Promise<FetchOutcome> {
  row.stage(`Fetching ${printable(item.title) || item.id}`);
  const engine = await context.createEngine();
  return await engine.fetch({
    source: { kind: "workshop", app: item.app, item: item.id, ...(item.fileUrl !== null && { fileUrl: item.fileUrl }) },
    folder,
    maxBytes: LIMITS.archiveBytesMax,
    expectedBytes: item.bytes,
    slot: SLOT,
    onProgress: ({ bytes, total }) => row.update({ bytes, total: total ?? item.bytes }),
    signal: context.signal,
  });
}

async function packItem(root: string, target: string, { context, row }: Work): Promise<PackOutcome> {
  row.stage("Packing");
  const { signal } = context;
  return await context.pack({ root, target, maxBytes: LIMITS.archiveBytesMax, onProgress: row.update, signal });
}

function toFailed(item: Item, outcome: { kind: "failed"; failure: FailureReport } | { kind: "cancelled" }): Failed {
  if (outcome.kind === "cancelled") return INTERRUPTED;
  const { code } = outcome.failure;
  const line = failureLine(item.id, outcome.failure);
  return RESUMABLE.has(code)
    ? { exit: 1, problem: `${line}. ${KEPT}`, code, isKept: true }
    : { exit: 1, problem: line, code };
}

function toDone(
  { id, app, title }: Item,
  file: string,
  { packed, fetched }: { packed: Packed; fetched: Fetched },
): Result {
  const { bytes, sha256, tree, entries } = packed;
  const summary = `${formatBytes(bytes)}, ${entries} ${entries === 1 ? "file" : "files"}`;
  return { exit: 0, file, summary, facts: { id, app, title, file, bytes, sha256, tree, entries, fetched } };
}
