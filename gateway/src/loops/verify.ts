import { giveUpVerifying, verifyJob } from "../actions/verify-job.ts";
import type { Deps } from "../deps.ts";
import type { Job } from "../domain/job.ts";

type VerifyDeps = Parameters<typeof verifyJob>[0];
type Verifying = Extract<Job, { state: "verifying" }>;

const AT_ONCE = 2;
const ASK_STEAM_AGAIN_MS = 5_000;
const BROKEN_MS = 30_000;
const LOOK_MAX = 200;
/** Two minutes and a half of trouble that is ours; no job waits for us without an end. */
const BROKEN_MAX = 5;

type Waiting = { notBefore: number; broken: number };

/**
 * Verifies what was delivered, two at a time, oldest first. Rows are the queue: after a restart the same jobs are found
 * again. A job that has to wait for Steam, or that we could not look at, is left alone for a while.
 */
export function createVerifyTurn(deps: VerifyDeps & Pick<Deps, "bells">): (signal: AbortSignal) => Promise<void> {
  const waiting = new Map<string, Waiting>();

  async function verifyOne(job: Verifying, signal: AbortSignal): Promise<void> {
    const outcome = await verifyJob(deps, job, signal).catch((cause: unknown) => {
      deps.log.error("Verification failed on our side", { job: job.id, cause });
      return "broken" as const;
    });
    if (outcome !== "later" && outcome !== "broken") return;
    const broken = (waiting.get(keyOf(job))?.broken ?? 0) + (outcome === "broken" ? 1 : 0);
    const waitMs = outcome === "broken" ? BROKEN_MS : ASK_STEAM_AGAIN_MS;
    waiting.set(keyOf(job), { notBefore: deps.now() + waitMs, broken });
    if (broken >= BROKEN_MAX) await giveUpVerifying(deps, job);
  }

  return async (signal) => {
    const found = (await deps.jobs.verifying(LOOK_MAX)).filter((job) => job.state === "verifying");
    forgetOthers(waiting, found);
    const due = found.filter((job) => (waiting.get(keyOf(job))?.notBefore ?? 0) <= deps.now());
    await inParallel(due, AT_ONCE, async (job) => {
      if (!signal.aborted) await verifyOne(job, signal);
    });
    if (due.length > 0) deps.bells.verify.ring();
  };
}

const keyOf = ({ id, epoch }: Verifying): string => `${id} ${epoch}`;

function forgetOthers(waiting: Map<string, Waiting>, found: readonly Verifying[]): void {
  const keys = new Set(found.map(keyOf));
  for (const key of waiting.keys()) if (!keys.has(key)) waiting.delete(key);
}

async function inParallel<T>(items: readonly T[], atOnce: number, work: (item: T) => Promise<void>): Promise<void> {
  const rest = items.values();
  const worker = async (): Promise<void> => {
    for (const item of rest) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
}
