import { stat } from "node:fs/promises";
import { join, relative } from "node:path";
import type { FailureReport, Fetched } from "@modfleet/protocol";
import type { Engine } from "../engine/engine.ts";
import type { PackOutcome, PackRequest } from "../pack/pack.ts";
import type { UploadOutcome, UploadRequest } from "../upload/upload.ts";
import { isReported, orderOf, type Reported, type Unreported } from "./held.ts";
import type { JobFolder, Scratch } from "./scratch.ts";

/** What the stages are done with. */
export type Tools = {
  engines: readonly Engine[];
  pack: (request: PackRequest) => Promise<PackOutcome>;
  upload: (request: UploadRequest) => Promise<UploadOutcome>;
  scratch: Scratch;
  /** Origin of the gateway. */
  gateway: string;
};

type Progress = { bytes: number; total: number | null };

export type Running = {
  slot: number;
  signal: AbortSignal;
  onProgress: (progress: Progress) => void;
  /** A stage is done: what it made is on disk, and a restart goes on from `held`. */
  onAdvanced: (held: Unreported) => void;
  /** Bytes that went over the volunteer's line. */
  onMoved: (bytes: number) => void;
};

type Stage<Name extends Unreported["stage"]> = Extract<Unreported, { stage: Name }>;
/** The job after a stage; null when it was stopped or taken away. */
type Next = Unreported | Reported | null;
type Run = Tools & Running & { folder: JobFolder };

/** Fetch, pack, upload, from the stage that `held` is at to an outcome to report; null when it was stopped or taken away. */
export async function runJob(held: Unreported, tools: Tools, running: Running): Promise<Reported | null> {
  try {
    const run: Run = { ...tools, ...running, folder: await tools.scratch.open(held) };
    return await throughStages(held, run);
  } catch (cause) {
    return failed(held, { code: isDiskFull(cause) ? "disk_full" : "internal", detail: String(cause) });
  }
}

/** Each stage begins only after the journal knows the one before. */
async function throughStages(held: Unreported, run: Run): Promise<Reported | null> {
  let at = held;
  while (!run.signal.aborted) {
    const next = await doStage(at, run);
    if (next === null || isReported(next)) return next;
    run.onAdvanced(next);
    at = next;
  }
  return null;
}

function doStage(held: Unreported, run: Run): Promise<Next> {
  switch (held.stage) {
    case "downloading":
      return download(held, run);
    case "packing":
      return pack(held, run);
    case "uploading":
      return upload(held, run);
  }
}

/** Resumes where an earlier try left off: the folder is the job's own and survives restarts. */
async function download(held: Stage<"downloading">, run: Run): Promise<Next> {
  const engine = run.engines.find(({ kind }) => kind === held.source.kind);
  if (engine === undefined) return failed(held, { code: "tool_broken", detail: `No engine for ${held.source.kind}` });
  const { source, maxBytes, expectedBytes } = held;
  const { slot, signal, folder } = run;
  const meter = meterOf(run);
  const request = {
    source,
    folder: folder.content,
    maxBytes,
    expectedBytes,
    slot,
    signal,
    onProgress: meter.onProgress,
  };
  const outcome = await engine.fetch(request);
  run.onMoved(meter.grown());
  if (outcome.kind === "cancelled") return null;
  if (outcome.kind === "failed") return failed(held, outcome.failure);
  const root = relative(folder.content, outcome.root);
  return { ...orderOf(held), stage: "packing", root, fetched: cutToFit(outcome.fetched) };
}

/** What was fetched may have been swept or removed by hand meanwhile; then it is fetched again. */
async function pack(held: Stage<"packing">, run: Run): Promise<Next> {
  const { folder, signal, onProgress } = run;
  const root = join(folder.content, held.root);
  if (!(await isFolder(root))) return { ...orderOf(held), stage: "downloading" };
  const outcome = await run.pack({ root, target: folder.archive, maxBytes: held.maxBytes, onProgress, signal });
  if (outcome.kind === "cancelled") return null;
  if (outcome.kind === "failed") return failed(held, outcome.failure);
  const { bytes, sha256, tree } = outcome;
  return { ...orderOf(held), stage: "uploading", fetched: held.fetched, packed: { bytes, sha256, tree } };
}

/** The content goes as soon as the journal knows the archive: both together would need the space twice. */
async function upload(held: Stage<"uploading">, run: Run): Promise<Next> {
  const { folder, gateway, signal, onProgress } = run;
  const { token, fetched, packed } = held;
  if (!(await run.scratch.hasArchive(held, packed.bytes))) return { ...orderOf(held), stage: "downloading" };
  await run.scratch.dropContent(held);
  const { bytes, sha256 } = packed;
  const outcome = await run.upload({ gateway, token, file: folder.archive, bytes, sha256, onProgress, signal });
  switch (outcome.kind) {
    case "cancelled":
    case "lost":
      return null;
    case "failed":
      return failed(held, outcome.failure);
    case "uploaded":
      run.onMoved(bytes);
      return { ...orderOf(held), stage: "finished", fetched, packed, upload: outcome.upload };
  }
}

const DETAIL_MAX = 2_000;
const TOOL_MAX = 128;
const MANIFEST_MAX = 64;
const NAME_MAX = 255;

/** A report that the wire would refuse could never be answered, and would be said again for ever. */
function failed(held: Unreported, failure: FailureReport): Reported {
  return { ...orderOf(held), stage: "failed", failure: { ...failure, detail: failure.detail.slice(0, DETAIL_MAX) } };
}

function cutToFit({ tool, manifest, name = "" }: Fetched): Fetched {
  const isTooLong = manifest !== null && manifest.length > MANIFEST_MAX;
  // A cut must not leave half of a character.
  const named = name.slice(0, NAME_MAX).toWellFormed();
  return {
    tool: tool.slice(0, TOOL_MAX),
    manifest: isTooLong ? null : manifest,
    ...(named !== "" && { name: named }),
  };
}

/** Counts from the first figure on: what an earlier try had loaded is not moved again. */
function meterOf({ onProgress }: Running) {
  let first: number | null = null;
  let last = 0;
  return {
    onProgress: (progress: Progress) => {
      first ??= progress.bytes;
      last = progress.bytes;
      onProgress(progress);
    },
    grown: () => Math.max(0, last - (first ?? 0)),
  };
}

function isDiskFull(cause: unknown): boolean {
  return cause instanceof Error && "code" in cause && cause.code === "ENOSPC";
}

async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  return found?.isDirectory() === true;
}
