import type { FailureReport } from "@modfleet/protocol";
import { archiveFile } from "../blobs/archive-file.ts";
import type { Verdict } from "../blobs/verify-archive.ts";
import type { Deps } from "../deps.ts";
import type { Archive } from "../domain/catalogue.ts";
import { contradiction } from "../domain/delivered.ts";
import type { Job } from "../domain/job.ts";
import { isConstraintViolation } from "../store/database.ts";
import { changeJob } from "./change-job.ts";
import { decideVersion } from "./decide-version.ts";
import { isDamaged } from "./is-damaged.ts";

type VerifyDeps = Pick<
  Deps,
  | ("jobs" | "catalogue" | "uploads" | "blobs" | "verifyArchive" | "steam")
  | ("config" | "now" | "limits" | "bells" | "random" | "log")
>;
type Verifying = Extract<Job, { state: "verifying" }>;
/**
 * `later`: Steam has to be asked about the version and cannot be reached, or somebody else decided about the job
 * meanwhile. `broken`: we could not look, which says nothing about the archive.
 */
export type Verified = "published" | "rejected" | "requeued" | "later" | "broken";

/**
 * Checks a delivered archive and publishes it (PROTOCOL section 9). Order of commit: blob in place under its hash, then
 * rows and event in one transaction; a crash in between leaves garbage for the sweeper and a job that is verified again.
 */
export async function verifyJob(deps: VerifyDeps, job: Verifying, signal: AbortSignal): Promise<Verified> {
  const { result } = job;
  const file = archiveFile(deps, { upload: result.upload, sha256: result.sha256 });
  if (file === null) return missing(deps, job);
  // Asked first: a long outage of Steam must not mean that everything is read through again and again.
  const version = await decideVersion(deps, job);
  if (version.kind === "unknown") return "later";
  if (version.kind === "changed") return requeue(deps, job, version);
  const verdict = await deps.verifyArchive({
    path: file.path,
    sha256: result.sha256,
    bytes: result.bytes,
    tree: result.tree,
    signal,
  });
  if (signal.aborted) return "later";
  if (!verdict.ok) {
    const detail = `${verdict.fault}: ${verdict.detail}`;
    if (verdict.code !== "internal") return reject(deps, job, { code: verdict.code, detail });
    deps.log.warn("could not verify", { job: job.id, detail });
    return "broken";
  }
  const wrong = contradiction(job.source, { fetched: result.fetched, entries: verdict.entries });
  if (wrong !== null) return reject(deps, job, { code: "hash_mismatch", detail: wrong });
  await deps.blobs.commit(result.upload, result.sha256);
  await deps.catalogue.saveEntries(result.sha256, verdict.entries);
  await deps.catalogue.savePieces(result.sha256, verdict.pieces);
  return publish(deps, job, {
    key: version.key,
    sourceUpdatedAt: version.sourceUpdatedAt,
    archive: toArchive(job, verdict),
  });
}

/** Other gateways on the same rows may keep their uploads elsewhere, or have moved this one a moment ago. */
function missing(deps: VerifyDeps, job: Verifying): Promise<Verified> | Verified {
  if (!deps.config.database.url.startsWith("file:")) return "broken";
  return reject(deps, job, { code: "hash_mismatch", detail: "The upload is gone" });
}

/** Ends the waiting for an archive that we could not look at for too long: somebody fetches it again. */
export async function giveUpVerifying(deps: VerifyDeps, job: Verifying): Promise<void> {
  await reject(deps, job, { code: "internal", detail: "The archive could not be verified" });
}

function toArchive({ result }: Verifying, verdict: Extract<Verdict, { ok: true }>): Archive {
  const { entries, tree, unpackedBytes } = verdict;
  return { sha256: result.sha256, bytes: result.bytes, unpackedBytes, entries: entries.length, tree };
}

type NewVersion = { key: string; sourceUpdatedAt: number; archive: Archive };

async function publish(
  deps: VerifyDeps,
  job: Verifying,
  { key, sourceUpdatedAt, archive }: NewVersion,
): Promise<Verified> {
  const { agent, fetched, receivedAt, epoch } = job.result;
  const known = await deps.catalogue.findVersion(job.mod, key);
  const repairs = await isDamaged(deps, known);
  const kept = known === null || repairs ? null : known.archive;
  const provenance = { agent, tool: fetched.tool, manifest: fetched.manifest, fetchedAt: receivedAt };
  const at = deps.now();
  const statements = [
    ...deps.catalogue.arrivalStatements(job.mod, at),
    ...deps.catalogue.publishStatements({ mod: job.mod, key, archive, sourceUpdatedAt, at, provenance, repairs }),
    ...deps.catalogue.deliveredStatements({ mod: job.mod, key, name: fetched.name, archive: kept ?? archive, at }),
  ];
  const also = () => [...statements, deps.jobs.recordVerdict(job.id, epoch, "published")];
  const stays = kept === null ? {} : { archive: { sha256: kept.sha256, bytes: kept.bytes } };
  const changed = await changeJob(deps, job.id, { event: { type: "verified", version: key, ...stays }, also, epoch });
  if (!changed.ok) return "later";
  deps.log.info("published", { job: job.id, mod: job.mod, version: key, bytes: archive.bytes, agent });
  return "published";
}

/** The result is thrown away and blamed on the agent; the job goes to somebody else. */
async function reject(deps: VerifyDeps, job: Verifying, failure: FailureReport): Promise<Verified> {
  const event = { type: "rejected", failure, random: deps.random() } as const;
  const also = () => [deps.jobs.recordVerdict(job.id, job.epoch, "rejected")];
  const changed = await changeJob(deps, job.id, { event, also, epoch: job.epoch });
  if (!changed.ok) return "later";
  await deps.blobs.discard(job.result.upload);
  deps.log.warn("rejected", {
    job: job.id,
    mod: job.mod,
    agent: job.result.agent,
    code: failure.code,
    detail: failure.detail,
  });
  return "rejected";
}

/**
 * The item changed midway and nobody can say which version these bytes are: they become none. The job fetches the new
 * version, unless another one does that already: then everybody who waits is handed over to it.
 */
async function requeue(
  deps: VerifyDeps,
  job: Verifying,
  { version, expectedBytes }: { version: string; expectedBytes: number | null },
): Promise<Verified> {
  const rejected = deps.jobs.recordVerdict(job.id, job.epoch, "rejected");
  const { epoch } = job;
  const event = { type: "source_changed", version, expectedBytes } as const;
  const handedOver = { event: { type: "superseded", version }, epoch } as const;
  const changed = await changeJob(deps, job.id, { event, epoch, also: () => [rejected] }).catch((error: unknown) => {
    // The index that allows one running job for each version.
    if (!isConstraintViolation(error)) throw error;
    return changeJob(deps, job.id, { ...handedOver, also: () => [deps.jobs.handOver(job.id, version), rejected] });
  });
  if (!changed.ok) return "later";
  await deps.blobs.discard(job.result.upload);
  return "requeued";
}
