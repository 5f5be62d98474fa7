import { verifyJob } from "../actions/verify-job.ts";
import type { Deps } from "../deps.ts";
import type { Job } from "../domain/job.ts";

type VerifyDeps = Parameters<typeof verifyJob>[0];
type Verifying = Extract<Job, { state: "verifying" }>;

const AT_ONCE = 2;
const LATER_MS = 30_000;
const LOOK_MAX = 200;

/**
 * Verifies what was delivered, two at a time, oldest first. Rows are the queue: after a restart the same jobs are found
 * again. A job that has to wait for Steam is left alone for half a minute.
 */
export function createVerifyTurn(deps: VerifyDeps & Pick<Deps, "bells">): (signal: AbortSignal) => Promise<void> {
  const notBefore = new Map<string, number>();

  async function verifyOne(job: Verifying, signal: AbortSignal): Promise<void> {
    const outcome = await verifyJob(deps, job, signal).catch((cause: unknown) => {
      deps.log.error("Verification failed on our side", { job: job.id, cause });
      return "later" as const;
    });
    if (outcome === "later") notBefore.set(job.id, deps.now() + LATER_MS);
    else notBefore.delete(job.id);
  }

  return async (signal) => {
    const isDue = (job: Job): job is Verifying =>
      job.state === "verifying" && (notBefore.get(job.id) ?? 0) <= deps.now();
    const due = (await deps.jobs.verifying(LOOK_MAX)).filter(isDue);
    await inParallel(due, AT_ONCE, async (job) => {
      if (!signal.aborted) await verifyOne(job, signal);
    });
    if (due.length > 0) deps.bells.verify.ring();
  };
}

async function inParallel<T>(items: readonly T[], atOnce: number, work: (item: T) => Promise<void>): Promise<void> {
  const rest = items.values();
  const worker = async (): Promise<void> => {
    for (const item of rest) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
}
