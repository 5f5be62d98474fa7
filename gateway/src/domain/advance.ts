import { type AgentId, type FailureReport, LIMITS, type Limits, type Sha256, type Stage } from "@modfleet/protocol";
import { attemptMs, endAttempt } from "./attempt.ts";
import type { Job, JobBase, JobFailure, Lease, Result } from "./job.ts";

type Holder = { agent: AgentId; epoch: number };

/** Everything that can happen to a job. `random` in [0, 1) spreads retries. */
export type JobEvent =
  | { type: "claimed"; agent: AgentId; network: string }
  | ({ type: "accepted" } & Holder)
  | ({ type: "declined" } & Holder)
  | ({ type: "progressed"; stage: Stage; bytes: number; total: number | null } & Holder)
  | { type: "finished"; result: Result }
  | ({ type: "failed"; network: string; failure: FailureReport; confirmed: boolean; random: number } & Holder)
  /** `archive` is what was published as this version before, with bytes of its own: they stay. */
  | { type: "verified"; version: string; archive?: { sha256: Sha256; bytes: number } }
  | { type: "rejected"; failure: FailureReport; random: number }
  | { type: "source_changed"; version: string; expectedBytes: number | null }
  /** The source changed, and another job fetches the new version already. */
  | { type: "superseded"; version: string }
  | { type: "lease_ran_out" }
  | { type: "deadline_passed"; random: number }
  | { type: "agent_revoked"; agent: AgentId }
  | { type: "cancelled" };

export type Refusal = "wrong_state" | "stale_epoch" | "too_early" | "not_over" | "too_late_to_cancel";
export type Step = { ok: true; job: Job } | { ok: false; why: Refusal };

const refuse = (why: Refusal): Step => ({ ok: false, why });
const become = (job: Job): Step => ({ ok: true, job });

/** The fields that every state shares; what belongs to one state only is left behind. */
export function baseOf(job: Job): JobBase {
  const { id, mod, source, version, expectedBytes, requestedAt, startedAt, epoch, charged, uncharged, failure } = job;
  return { id, mod, source, version, expectedBytes, requestedAt, startedAt, epoch, charged, uncharged, failure };
}

/** The job after `event`, or why it changes nothing. Pure: the whole of PROTOCOL section 7. */
export function advance(job: Job, event: JobEvent, now: number, limits: Limits = LIMITS): Step {
  switch (job.state) {
    case "queued":
      return fromQueued(job, event, now, limits);
    case "leased":
      return fromLeased(job, event, now, limits);
    case "verifying":
      return fromVerifying(job, event, now, limits);
    case "done":
    case "failed":
    case "cancelled":
      return refuse("wrong_state");
  }
}

type In<State extends Job["state"]> = Extract<Job, { state: State }>;

function fromQueued(job: In<"queued">, event: JobEvent, now: number, limits: Limits): Step {
  if (event.type === "cancelled") return become({ ...baseOf(job), state: "cancelled", finishedAt: now });
  if (event.type !== "claimed") return refuse(staleOrWrong(job, event));
  if (now < job.notBefore) return refuse("too_early");
  const lease: Lease = {
    agent: event.agent,
    network: event.network,
    until: now + limits.offerMs,
    deadlineAt: null,
    stage: "offered",
    bytes: 0,
    total: job.expectedBytes,
  };
  return become({ ...baseOf(job), epoch: job.epoch + 1, state: "leased", lease });
}

function fromLeased(job: In<"leased">, event: JobEvent, now: number, limits: Limits): Step {
  switch (event.type) {
    case "claimed":
    case "verified":
    case "rejected":
    case "source_changed":
    case "superseded":
      return refuse("wrong_state");
    case "accepted":
      return isHeldBy(job, event) ? become(accepted(job, now, limits)) : refuse("stale_epoch");
    case "declined":
      return isHeldBy(job, event) ? become(requeued(job, now)) : refuse("stale_epoch");
    case "progressed":
      return isHeldBy(job, event) ? progressed(job, event, now, limits) : refuse("stale_epoch");
    case "finished":
      return isHeldBy(job, event.result)
        ? become({ ...baseOf(job), state: "verifying", result: event.result })
        : refuse("stale_epoch");
    case "failed": {
      if (!isHeldBy(job, event)) return refuse("stale_epoch");
      const { failure, random } = event;
      const confirmed = event.confirmed || job.failure?.code === failure.code;
      return become(
        endAttempt(baseOf(job), {
          failure,
          agent: event.agent,
          network: event.network,
          confirmed,
          random,
          now,
          limits,
        }),
      );
    }
    case "lease_ran_out":
      return job.lease.until <= now ? become(afterSilence(job, now, limits)) : refuse("not_over");
    case "deadline_passed":
      return (job.lease.deadlineAt ?? Infinity) <= now
        ? become(afterDeadline(job, event.random, now, limits))
        : refuse("not_over");
    case "agent_revoked":
      return job.lease.agent === event.agent ? become(requeued(job, now)) : refuse("stale_epoch");
    case "cancelled":
      return isNearlyDone(job.lease)
        ? refuse("too_late_to_cancel")
        : become({ ...baseOf(job), state: "cancelled", finishedAt: now });
  }
}

function fromVerifying(job: In<"verifying">, event: JobEvent, now: number, limits: Limits): Step {
  switch (event.type) {
    case "verified":
      return become({
        ...baseOf(job),
        version: event.version,
        failure: null,
        state: "done",
        result: { ...job.result, ...event.archive },
        finishedAt: now,
      });
    case "rejected": {
      const { agent, network } = job.result;
      const confirmed = job.failure?.code === event.failure.code;
      return become(
        endAttempt(baseOf(job), {
          failure: event.failure,
          agent,
          network,
          confirmed,
          random: event.random,
          now,
          limits,
        }),
      );
    }
    case "source_changed":
      return become({ ...requeued(job, now), version: event.version, expectedBytes: event.expectedBytes });
    case "superseded":
      return become(superseded(job, event.version, now));
    case "agent_revoked":
      return job.result.agent === event.agent ? become(requeued(job, now)) : refuse("stale_epoch");
    case "cancelled":
      return refuse("too_late_to_cancel");
    default:
      return refuse(staleOrWrong(job, event));
  }
}

function superseded(job: In<"verifying">, version: string, now: number): Job {
  const { agent, network } = job.result;
  const failure: JobFailure = {
    code: "source_changed",
    detail: `Another job fetches ${version}`,
    agent,
    network,
    at: now,
  };
  return { ...baseOf(job), state: "failed", failure, retryAt: null, finishedAt: now };
}

function isHeldBy(job: In<"leased">, { agent, epoch }: Holder): boolean {
  return job.epoch === epoch && job.lease.agent === agent;
}

/** Words about a try that is over are stale; anything else came in the wrong state. */
function staleOrWrong(job: Job, event: JobEvent): Refusal {
  const epoch = "epoch" in event ? event.epoch : "result" in event ? event.result.epoch : null;
  return epoch !== null && (epoch !== job.epoch || job.state === "queued") ? "stale_epoch" : "wrong_state";
}

function requeued(job: Job, now: number): In<"queued"> {
  return { ...baseOf(job), state: "queued", notBefore: now };
}

function accepted(job: In<"leased">, now: number, limits: Limits): In<"leased"> {
  if (job.lease.deadlineAt !== null) return job;
  const lease: Lease = {
    ...job.lease,
    until: now + limits.leaseMs,
    deadlineAt: now + attemptMs(job, limits),
    stage: "downloading",
  };
  return { ...job, startedAt: job.startedAt ?? now, lease };
}

/** A sign of life renews the lease up to the deadline; a beat that outran its `accept` counts as one. */
function progressed(
  job: In<"leased">,
  { stage, bytes, total }: { stage: Stage; bytes: number; total: number | null },
  now: number,
  limits: Limits,
): Step {
  const started = accepted(job, now, limits);
  const deadlineAt = started.lease.deadlineAt ?? now;
  if (deadlineAt <= now) return refuse("stale_epoch");
  const until = Math.min(now + limits.leaseMs, deadlineAt);
  const seen = stage === "offered" ? started.lease.stage : stage;
  return become({
    ...started,
    lease: { ...started.lease, until, stage: seen, bytes, total: total ?? started.lease.total },
  });
}

/** An offer that was never taken charges nobody; a holder that fell silent is remembered as `agent_lost`. */
function afterSilence(job: In<"leased">, now: number, limits: Limits): Job {
  if (job.lease.deadlineAt === null) return requeued(job, now);
  const { agent, network } = job.lease;
  const failure: JobFailure = {
    code: "agent_lost",
    detail: `Silent since ${job.lease.stage}`,
    agent,
    network,
    at: now,
  };
  const uncharged = job.uncharged + 1;
  const base = { ...baseOf(job), uncharged, failure };
  if (uncharged >= limits.unchargedAttemptsMax)
    return { ...base, state: "failed", failure, retryAt: null, finishedAt: now };
  return { ...base, state: "queued", notBefore: now };
}

function afterDeadline(job: In<"leased">, random: number, now: number, limits: Limits): Job {
  const code = job.source.kind === "workshop" ? "steam_timeout" : "source_unreachable";
  const failure: FailureReport = { code, detail: `Deadline passed while ${job.lease.stage}` };
  const { agent, network } = job.lease;
  return endAttempt(baseOf(job), { failure, agent, network, confirmed: false, charged: true, random, now, limits });
}

/** Past 80 % a job nobody waits for finishes all the same and fills the catalogue. */
function isNearlyDone(lease: Lease): boolean {
  if (lease.stage === "packing" || lease.stage === "uploading") return true;
  return lease.total !== null && lease.total > 0 && lease.bytes / lease.total >= 0.8;
}
