import type { FailureReport } from "@modfleet/protocol";
import type { Reach } from "./ask-source.ts";
import { type Digest, digestFault } from "./digests.ts";
import { type FoundFile, findSources } from "./find-sources.ts";
import type { PartFile, PartState } from "./part-file.ts";
import { ifRangeOf, type RemoteFile, sameBytes, strongEtag } from "./remote-file.ts";
import type { Throttle } from "./throttle.ts";
import { type TransferEnd, transferFile } from "./transfer.ts";

export type PartJob = {
  reach: Reach;
  part: PartFile;
  /** The address and its mirrors, without repetitions. */
  urls: readonly string[];
  sha256: string | null;
  fallbackName: string;
  connections: number;
  blockBytes: number | null;
  maxBytes: number;
  acceptPages: boolean;
  throttle: Throttle | null;
  onProgress(progress: { bytes: number; total: number | null; connections: number }): void;
  /** Milliseconds that never go back. */
  now: () => number;
  signal: AbortSignal;
};

export type PartEnd =
  /** All bytes are in the part file and are the right ones. */
  | { kind: "complete"; bytes: number; file: RemoteFile }
  | { kind: "failed"; failure: FailureReport }
  | { kind: "aborted" };

/** How the next try goes about it; every failure teaches something. */
type Manner = {
  urls: readonly string[];
  skipHead: boolean;
  ranged: boolean;
  together: boolean;
  restarts: number;
};

const failed = (code: FailureReport["code"], detail: string): PartEnd => ({
  kind: "failed",
  failure: { code, detail },
});

/** Fills the part file from whichever address has the file, from scratch wherever bytes of two states could mix. */
export async function fetchToPart(job: PartJob): Promise<PartEnd> {
  const { reach, signal, connections } = job;
  let manner: Manner = { urls: job.urls, skipHead: false, ranged: true, together: connections > 1, restarts: 0 };
  for (;;) {
    const found = await findSources({ ...job, ...manner }, reach, signal);
    if (!found.ok) return { kind: "failed", failure: found.failure };
    const plan = planOf(job, manner, found.files);
    const end = await runPlan(job, plan);
    const next = end.kind === "complete" ? await verified(job, plan, end.bytes) : end;
    if (next.kind === "complete") return { ...next, file: plan.file };
    if (next.kind === "aborted") return next;
    if (next.kind === "too_large") return tooLarge(job, plan);
    const better = learn(manner, plan, next);
    // Wrong bytes stay nowhere, right ones wait for the next call.
    if (next.kind !== "failed") await job.part.begin(null, null);
    if (better === null && "failure" in next) return { kind: "failed", failure: next.failure };
    if (better === null || better.restarts > reach.limits.restartsMax) {
      return failed("source_changed", `${plan.url} keeps changing`);
    }
    manner = better;
  }
}

type Plan = FoundFile & {
  /** All that surely have the same bytes, the first one included. */
  files: readonly FoundFile[];
  state: PartState | null;
  isResumed: boolean;
};

function planOf({ sha256, part }: PartJob, manner: Manner, found: readonly [FoundFile, ...FoundFile[]]): Plan {
  const [first, ...others] = found;
  const isResumable = manner.ranged && canResume(first.file, sha256 !== null);
  const agreeing = others.filter(({ file }) => file.ranges !== false && sameBytes(first.file, file, sha256 !== null));
  const files = isResumable ? [first, ...agreeing] : [first];
  if (!isResumable) return { ...first, files, state: null, isResumed: false };
  const { total, etag, lastModified, name } = first.file;
  const fresh = { urls: files.map(({ url }) => url), total: total ?? 0, etag, lastModified, name, sha256, written: [] };
  const left = part.left();
  const isResumed = left !== null && fits(left, fresh);
  return { ...first, files, state: isResumed ? { ...fresh, written: left.written } : fresh, isResumed };
}

/** Whether bytes of two requests can be told to be of one file; a size of 0 needs no request. */
function canResume(file: RemoteFile, hasHash: boolean): boolean {
  if (file.ranges === false || file.total === null || file.total === 0) return false;
  return ifRangeOf(file) !== null || file.digest !== null || hasHash;
}

function fits(left: PartState, now: PartState): boolean {
  if (left.total !== now.total || left.sha256 !== now.sha256) return false;
  if (now.sha256 !== null) return true;
  if (strongEtag(now) !== null || strongEtag(left) !== null) return strongEtag(now) === strongEtag(left);
  const isSameAddress = now.urls.some((url) => left.urls.includes(url));
  return isSameAddress && now.lastModified !== null && now.lastModified === left.lastModified;
}

async function runPlan(job: PartJob, { files, file, state, isResumed }: Plan): Promise<TransferEnd> {
  const { total } = file;
  if (total !== null && total > job.maxBytes) return { kind: "too_large" };
  if (!isResumed) await job.part.begin(total, state);
  const [first, ...others] = files.map((one) => ({ ...one, address: one.file.url.href, active: 0 }));
  if (first === undefined) throw new Error("A plan has at least one source");
  return await transferFile({
    ...job,
    ...job.reach,
    ...{ sources: [first, ...others], state, written: state?.written ?? [] },
    onProgress: (progress) => job.onProgress({ ...progress, total }),
  });
}

type Wrong = { kind: "wrong"; failure: FailureReport };

async function verified(
  { part, sha256, signal }: PartJob,
  { file, url }: Plan,
  bytes: number,
): Promise<{ kind: "complete"; bytes: number } | Wrong> {
  await part.cut(bytes);
  const expected: Digest[] = sha256 === null ? [] : [{ algorithm: "sha256", hex: sha256 }];
  const fault = await digestFault(part.body, expected.length > 0 || !file.digest ? expected : [file.digest], signal);
  if (fault === null) return { kind: "complete", bytes };
  const detail = `${url}: expected ${fault.expected}, got ${fault.found}`;
  return { kind: "wrong", failure: { code: "hash_mismatch", detail } };
}

type Lesson = Exclude<TransferEnd, { kind: "complete" | "aborted" | "too_large" }> | Wrong;

/** Null where nothing is left to try. */
function learn(manner: Manner, { files, url, isResumed }: Plan, lesson: Lesson): Manner | null {
  const without = (gone: readonly string[]): readonly string[] => manner.urls.filter((one) => !gone.includes(one));
  switch (lesson.kind) {
    case "changed":
      return { ...manner, skipHead: true, restarts: manner.restarts + 1 };
    case "unranged":
      return { ...manner, ranged: false };
    case "failed":
      return orNull({ ...manner, urls: without(files.map((one) => one.url)) });
    case "wrong":
      // Nobody knows which of several sources, or which run, brought the wrong bytes: once more, from one alone.
      if (files.length > 1 || isResumed) return { ...manner, together: false };
      return orNull({ ...manner, together: false, urls: without([url]) });
  }
}

const orNull = (manner: Manner): Manner | null => (manner.urls.length === 0 ? null : manner);

const tooLarge = ({ maxBytes }: PartJob, { url, file }: Plan): PartEnd =>
  failed("too_large", `${url} has ${file.total ?? "more"} bytes, more than ${maxBytes}`);
