import { randomInt } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import type { FailureCode, FailureReport, Sha256, UploadId, UploadPlan } from "@modfleet/protocol";
import { type ApiOptions, completeUpload, openUpload } from "./gateway-api.ts";
import { UPLOAD_LIMITS, type UploadLimits, uploadDelayMs } from "./limits.ts";
import { createUploadProgress, type UploadProgress } from "./progress.ts";
import { missingParts, sendMissing } from "./send-missing.ts";
import type { Trouble } from "./trouble.ts";

export type UploadRequest = {
  /** Origin of the gateway. */
  gateway: string;
  token: string;
  file: string;
  bytes: number;
  sha256: Sha256;
  onProgress: (progress: { bytes: number; total: number }) => void;
  signal: AbortSignal;
};

export type UploadOutcome =
  | { kind: "uploaded"; upload: UploadId }
  /** The token is of an older epoch (410) or not taken any more: the job was taken away. */
  | { kind: "lost" }
  | { kind: "failed"; failure: FailureReport }
  | { kind: "cancelled" };

export type UploadTools = {
  fetch: typeof globalThis.fetch;
  /** Resolves after `ms`, or at once when the signal fires. */
  sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** In [0, 1). */
  random: () => number;
  limits?: Partial<UploadLimits>;
};

const NODE_TOOLS: UploadTools = {
  fetch: globalThis.fetch,
  // A wait that is cut short is over, not failed.
  sleep: (ms, signal) => delay(ms, undefined, { signal }).catch(() => undefined),
  random: () => randomInt(2 ** 32) / 2 ** 32,
};

/**
 * Brings an archive to the gateway by the part plan (PROTOCOL section 6). Every round asks what is still missing, so a restart, a
 * cut line or a restarted gateway costs one part. Gives up after many rounds in a row that brought nothing. Never throws for what
 * the line, the gateway or the file does.
 */
export async function uploadArchive(request: UploadRequest, tools: UploadTools = NODE_TOOLS): Promise<UploadOutcome> {
  if (request.signal.aborted) return { kind: "cancelled" };
  try {
    const file = await open(request.file, "r");
    try {
      const { size } = await file.stat();
      if (size !== request.bytes)
        return failed("internal", `The archive has ${size} bytes instead of ${request.bytes}`);
      return await upload(file, request, tools);
    } finally {
      await file.close();
    }
  } catch (error) {
    return request.signal.aborted ? { kind: "cancelled" } : failed("internal", `Cannot read the archive: ${error}`);
  }
}

type Round = { kind: "done"; upload: UploadId } | Trouble;
/** Only more stored bytes than ever before are progress: a plan that forgets parts must not keep us busy for ever. */
type Patience = { failures: number; hashFailures: number; storedMax: number };

async function upload(file: FileHandle, request: UploadRequest, tools: UploadTools): Promise<UploadOutcome> {
  const { signal } = request;
  const limits = { ...UPLOAD_LIMITS, ...tools.limits };
  const options: ApiOptions = { ...request, fetch: tools.fetch, limits };
  const progress = createUploadProgress(request);
  const patience: Patience = { failures: 0, hashFailures: 0, storedMax: 0 };
  for (;;) {
    const round = await runRound({ file, request, options, progress });
    if (signal.aborted) return { kind: "cancelled" };
    if (round.kind !== "again") return toOutcome(round);
    count(patience, { code: round.code, storedBytes: progress.storedBytes });
    if (patience.failures >= limits.roundsMax || patience.hashFailures >= limits.hashRoundsMax) {
      return failed(round.code, round.detail);
    }
    await tools.sleep(uploadDelayMs(Math.max(1, patience.failures), tools.random(), limits), signal);
    if (signal.aborted) return { kind: "cancelled" };
  }
}

function count(patience: Patience, { code, storedBytes }: { code: FailureCode; storedBytes: number }): void {
  patience.failures = storedBytes > patience.storedMax ? 0 : patience.failures + 1;
  patience.storedMax = Math.max(patience.storedMax, storedBytes);
  patience.hashFailures = code === "hash_mismatch" ? patience.hashFailures + 1 : 0;
}

type RoundInput = { file: FileHandle; request: UploadRequest; options: ApiOptions; progress: UploadProgress };

/** Ask, send what is missing, close. */
async function runRound({ file, request, options, progress }: RoundInput): Promise<Round> {
  const { bytes, sha256 } = request;
  const answer = await openUpload(options, { bytes, sha256 });
  if (!answer.ok) return answer.trouble;
  const { plan } = answer;
  if (plan.complete) return finish(plan, progress);
  const rules = { bytes, gateway: options.gateway, partBytesMax: options.limits.partBytesMax };
  const missing = missingParts(plan, rules);
  if (missing === null) return { kind: "again", code: "agent_lost", detail: "The plan cannot be followed" };
  progress.begin(bytes - missing.reduce((sum, part) => sum + part.bytes, 0));
  const { stored: onStored, sent: onSent } = progress;
  const trouble = await sendMissing(options, { file, missing, onStored, onSent });
  if (trouble !== null) return trouble;
  const closed = await completeUpload(options, plan.upload);
  return closed.ok ? finish(closed.plan, progress) : closed.trouble;
}

function finish(plan: UploadPlan, progress: UploadProgress): Round {
  if (!plan.complete) return { kind: "again", code: "agent_lost", detail: "Closed, and still not complete" };
  progress.finish();
  return { kind: "done", upload: plan.upload };
}

function toOutcome(round: Exclude<Round, { kind: "again" }>): UploadOutcome {
  switch (round.kind) {
    case "done":
      return { kind: "uploaded", upload: round.upload };
    case "lost":
      return { kind: "lost" };
    case "stop":
      return failed(round.code, round.detail);
  }
}

function failed(code: FailureCode, detail: string): UploadOutcome {
  return { kind: "failed", failure: { code, detail } };
}
