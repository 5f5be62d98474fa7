import {
  type AgentId,
  deadlineMs,
  type FailureCode,
  type FailureReport,
  failureRule,
  type Limits,
  retryDelayMs,
} from "@modfleet/protocol";
import type { Job, JobBase, JobFailure } from "./job.ts";

export type EndedAttempt = {
  failure: FailureReport;
  agent: AgentId;
  network: string;
  /** Steam's own metadata, or an earlier try elsewhere, says the same. */
  confirmed: boolean;
  /** Charged to the item whatever the table says. */
  charged?: boolean;
  random: number;
  now: number;
  limits: Limits;
};

/** How long one try may take. What is no Workshop item states its size to nobody before the fetch, and so gets the longest time. */
export function attemptMs(
  { source, expectedBytes }: Pick<JobBase, "source" | "expectedBytes">,
  limits: Limits,
): number {
  if (expectedBytes === null && source.kind !== "workshop") return limits.deadlineMaxMs;
  return deadlineMs(expectedBytes, limits);
}

/** What a failed try makes of its job: queued for another, or failed for good (PROTOCOL sections 7 and 8). */
export function endAttempt(job: JobBase, attempt: EndedAttempt): Job {
  const { agent, network, now } = attempt;
  const { code, detail } = attempt.failure;
  const rule = ruleFor(job, code);
  const isCharged = attempt.charged ?? rule.charged;
  const failure: JobFailure = { code, detail, agent, network, at: now };
  const base: JobBase = {
    ...job,
    charged: job.charged + (isCharged ? 1 : 0),
    uncharged: job.uncharged + (isCharged ? 0 : 1),
    failure,
  };
  if (isFinal(base, attempt)) {
    const retryAt = rule.rememberMs > 0 ? now + rule.rememberMs : null;
    return { ...base, failure, state: "failed", retryAt, finishedAt: now };
  }
  return { ...base, state: "queued", notBefore: now + waitMs(base, attempt) };
}

const OTHER_FILE = {
  message: "The file does not have the expected SHA-256",
  advice: "Check the address and the SHA-256",
  retry: "never",
  rememberMs: failureRule("source_not_found").rememberMs,
} as const;

/** The table's row as it is for this job. A file that two tries found to be another than its expected hash says stays another: nobody fetches all of it once more. */
export function ruleFor({ source }: Pick<JobBase, "source">, code: FailureCode): ReturnType<typeof failureRule> {
  const isNamed = source.kind === "http" && source.sha256 !== undefined;
  if (code !== "hash_mismatch" || !isNamed) return failureRule(code);
  return { ...failureRule(code), ...OTHER_FILE };
}

function isFinal(job: JobBase, { failure, confirmed, limits }: EndedAttempt): boolean {
  const rule = ruleFor(job, failure.code);
  if (rule.retry === "never" && confirmed) return true;
  const chargedMax = Math.min(limits.chargedAttemptsMax, rule.triesMax ?? Number.POSITIVE_INFINITY);
  return job.charged >= chargedMax || job.uncharged >= limits.unchargedAttemptsMax;
}

/**
 * The first hand-over to another agent costs no time, since losing an agent is not the item's fault; after that tries
 * spread out. A throttle is the address's affair, not the job's: another network may take it at once.
 */
function waitMs(job: JobBase, { failure, random, limits }: EndedAttempt): number {
  const rule = ruleFor(job, failure.code);
  const attempts = job.charged + job.uncharged;
  if (rule.retry === "other_agent" && attempts <= 1) return 0;
  const asked = rule.retry === "other_network" ? 0 : (failure.retryAfterMs ?? 0);
  return Math.max(asked, retryDelayMs(attempts, random, limits));
}
