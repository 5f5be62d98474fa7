import { isDeepStrictEqual } from "node:util";
import type { Mod } from "../domain/catalogue.ts";
import { askedVersion, type Elsewhere, namedContent } from "../domain/delivered.ts";
import { AppError } from "../domain/errors.ts";
import { withFurther } from "../domain/further-addresses.ts";
import { isRunning, type Job } from "../domain/job.ts";
import { heldArchive } from "./held-archive.ts";
import { enqueue, lookTwice, notReady, type RequestDeps, type Requested } from "./requested.ts";

/** What can change without a word is asked for again after so long. */
const FRESH_MS = 15 * 60_000;

/** What one household may have in the queue before it names further addresses: Steam's ids end, addresses do not. */
const QUEUED_MAX = 1_000;
const FEWER_SECONDS = 60;

type Asked = { source: Elsewhere; requester: string };

/**
 * Serves what is here of a source, joins what is on its way, or queues a fetch. Content that the source itself names stays
 * right for ever; other addresses are asked again a quarter of an hour after they were seen, and what is here stays served.
 * Whatever mirrors and trackers were named for the same content are tried together, and a final failure is remembered until
 * somebody names others. Errors: `too_many_requests` for a new address of somebody who fills the queue.
 */
export function requestElsewhere(deps: RequestDeps, asked: Asked): Promise<Requested> {
  return lookTwice(deps, (unlessDoneSince) => lookElsewhere(deps, { ...asked, unlessDoneSince }));
}

/** One look of `lookTwice`. */
export async function lookElsewhere(
  deps: RequestDeps,
  { source, requester, unlessDoneSince }: Asked & { unlessDoneSince: number },
): Promise<Requested | null> {
  const mod = await deps.catalogue.findBySource(source);
  const have = mod !== null && (await heldArchive(deps, mod)) !== null ? mod : null;
  if (have !== null && isFresh(have, source, deps.now())) return { kind: "ready", mod: have, isOutdated: false };
  const latest = mod === null ? null : await deps.jobs.latestFor(mod.id);
  if (latest?.state === "failed" && (latest.retryAt ?? 0) > deps.now() && !addsTo(latest, source)) {
    return have === null ? { kind: "failed", job: latest } : { kind: "ready", mod: have, isOutdated: true };
  }
  const isWaiting = latest !== null && isRunning(latest);
  const refusal = isWaiting ? null : await notReady(deps, { kind: source.kind, have });
  if (refusal !== null) return refusal;
  if (mod === null) await refuseTooMany(deps, requester);
  // What runs goes on with what it has and with what is named now; nobody can take addresses away from it.
  const whole = isWaiting
    ? withFurther(elsewhere(latest, source), source)
    : withFurther(source, mod?.elsewhere?.source ?? source);
  return enqueue(deps, {
    mod: await deps.catalogue.saveSource(whole, deps.now()),
    source: whole,
    version: askedVersion(source),
    // What an address has now may be of any size: a deadline or a disk for what it had before would be wrong.
    expectedBytes: namedContent(source) === null ? null : (mod?.sizeBytes ?? null),
    ...{ requester, unlessDoneSince, isHere: have !== null },
  });
}

/** Whether further addresses are named than the job had. */
function addsTo(job: Job, source: Elsewhere): boolean {
  const had = elsewhere(job, source);
  return !isDeepStrictEqual(withFurther(had, source), had);
}

/** A job's source; all jobs of a mod from elsewhere are for such a source. */
function elsewhere({ source }: Job, otherwise: Elsewhere): Elsewhere {
  return source.kind === "workshop" ? otherwise : source;
}

async function refuseTooMany({ jobs }: RequestDeps, requester: string): Promise<void> {
  if ((await jobs.queuedBy(requester, QUEUED_MAX)) < QUEUED_MAX) return;
  throw new AppError(
    "too_many_requests",
    `${QUEUED_MAX} of your requests wait in the queue: ask again once they are fewer`,
    {
      retryAfterSeconds: FEWER_SECONDS,
    },
  );
}

function isFresh({ elsewhere }: Mod, source: Elsewhere, now: number): boolean {
  return namedContent(source) !== null || (elsewhere?.seenAt ?? 0) > now - FRESH_MS;
}
