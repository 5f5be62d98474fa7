import { FAILURES, type FailureCode, LIMITS } from "@modfleet/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AGENT_A, AGENT_B, aQueuedJob, aResult } from "../../test/jobs.ts";
import { advance, type JobEvent } from "./advance.ts";
import type { Job } from "./job.ts";

const NETWORK = "192.0.2.1";
const T = 10_000;

function stepped(job: Job, event: JobEvent, now = T): Job {
  const step = advance(job, event, now);
  if (!step.ok) throw new Error(`${event.type} was refused: ${step.why}`);
  return step.job;
}

const claimed = (job: Job = aQueuedJob(), agent = AGENT_A): Job =>
  stepped(job, { type: "claimed", agent, network: NETWORK });
const accepted = (): Job => stepped(claimed(), { type: "accepted", agent: AGENT_A, epoch: 1 });
const verifying = (): Job => stepped(accepted(), { type: "finished", result: aResult() });
const failed = (code: FailureCode, extra: { confirmed?: boolean; retryAfterMs?: number } = {}): JobEvent => ({
  type: "failed",
  agent: AGENT_A,
  epoch: 1,
  network: NETWORK,
  failure: { code, detail: "seen", ...(extra.retryAfterMs === undefined ? {} : { retryAfterMs: extra.retryAfterMs }) },
  confirmed: extra.confirmed ?? false,
  random: 1,
});

describe("advance() from queued", () => {
  test("claimed adds an epoch and leases for the length of an offer", () => {
    expect(claimed()).toMatchObject({
      state: "leased",
      epoch: 1,
      lease: { agent: AGENT_A, network: NETWORK, until: T + LIMITS.offerMs, deadlineAt: null, stage: "offered" },
    });
  });

  test("claimed before its time is refused", () => {
    expect(advance(aQueuedJob({ notBefore: T + 1 }), { type: "claimed", agent: AGENT_A, network: NETWORK }, T)).toEqual(
      {
        ok: false,
        why: "too_early",
      },
    );
  });

  test("cancelled ends it", () => {
    expect(stepped(aQueuedJob(), { type: "cancelled" })).toMatchObject({ state: "cancelled", finishedAt: T });
  });

  test("words of an earlier try are stale", () => {
    const step = advance(aQueuedJob({ epoch: 1 }), { type: "finished", result: aResult() }, T);

    expect(step).toEqual({ ok: false, why: "stale_epoch" });
  });
});

describe("advance() from leased", () => {
  test("accepted begins the lease and the deadline", () => {
    expect(accepted()).toMatchObject({
      startedAt: T,
      lease: { until: T + LIMITS.leaseMs, deadlineAt: T + LIMITS.deadlineMinMs, stage: "downloading" },
    });
  });

  test("accepted gives what nobody knows the size of the longest time, and a known size its own", () => {
    const source = { kind: "http", url: "https://host.example/a" } as const;
    const deadlineOf = (expectedBytes: number | null) => {
      const job = stepped(aQueuedJob({ source, expectedBytes }), { type: "claimed", agent: AGENT_A, network: NETWORK });
      return stepped(job, { type: "accepted", agent: AGENT_A, epoch: job.epoch });
    };

    expect(deadlineOf(null)).toMatchObject({ lease: { deadlineAt: T + LIMITS.deadlineMaxMs } });
    expect(deadlineOf(1)).toMatchObject({ lease: { deadlineAt: T + LIMITS.deadlineMinMs } });
  });

  test("accepted twice changes nothing the second time", () => {
    const once = accepted();

    expect(stepped(once, { type: "accepted", agent: AGENT_A, epoch: 1 }, T + 5)).toEqual(once);
  });

  test("declined queues it again and charges nobody", () => {
    expect(stepped(claimed(), { type: "declined", agent: AGENT_A, epoch: 1 })).toMatchObject({
      state: "queued",
      charged: 0,
      uncharged: 0,
      notBefore: T,
    });
  });

  test("progressed renews the lease, but never past the deadline", () => {
    const beat = (now: number) =>
      stepped(
        accepted(),
        { type: "progressed", agent: AGENT_A, epoch: 1, stage: "uploading", bytes: 5, total: 9 },
        now,
      );

    expect(beat(T + 1_000)).toMatchObject({
      lease: { until: T + 1_000 + LIMITS.leaseMs, stage: "uploading", bytes: 5, total: 9 },
    });
    const late = T + LIMITS.deadlineMinMs - 1;
    expect(beat(late)).toMatchObject({ lease: { until: T + LIMITS.deadlineMinMs } });
  });

  test("progressed after the deadline is stale", () => {
    const event: JobEvent = { type: "progressed", agent: AGENT_A, epoch: 1, stage: "downloading", bytes: 5, total: 9 };

    expect(advance(accepted(), event, T + LIMITS.deadlineMinMs)).toEqual({ ok: false, why: "stale_epoch" });
  });

  test.each([
    ["another agent", AGENT_B, 1],
    ["another epoch", AGENT_A, 2],
  ])("words of %s are stale", (_, agent, epoch) => {
    const events: JobEvent[] = [
      { type: "accepted", agent, epoch },
      { type: "declined", agent, epoch },
      { type: "progressed", agent, epoch, stage: "packing", bytes: 0, total: null },
      { type: "finished", result: aResult({ agent, epoch }) },
      { ...failed("internal"), agent, epoch } as JobEvent,
    ];

    expect(events.map((event) => advance(claimed(), event, T))).toEqual(
      events.map(() => ({ ok: false, why: "stale_epoch" })),
    );
  });

  test("a lease that is not over is not given back", () => {
    expect(advance(accepted(), { type: "lease_ran_out" }, T + LIMITS.leaseMs - 1)).toEqual({
      ok: false,
      why: "not_over",
    });
  });

  test("an offer that ran out charges nobody", () => {
    expect(stepped(claimed(), { type: "lease_ran_out" }, T + LIMITS.offerMs)).toMatchObject({
      state: "queued",
      uncharged: 0,
      failure: null,
    });
  });

  test("a lease that ran out is queued at once, uncharged, as agent_lost", () => {
    const now = T + LIMITS.leaseMs;

    expect(stepped(accepted(), { type: "lease_ran_out" }, now)).toMatchObject({
      state: "queued",
      charged: 0,
      uncharged: 1,
      notBefore: now,
      failure: { code: "agent_lost", agent: AGENT_A },
    });
  });

  test("a deadline that passed charges the item", () => {
    expect(stepped(accepted(), { type: "deadline_passed", random: 0 }, T + LIMITS.deadlineMinMs)).toMatchObject({
      state: "queued",
      charged: 1,
    });
  });

  test("cancelled is refused once four fifths are there", () => {
    const at = (bytes: number) =>
      stepped(accepted(), { type: "progressed", agent: AGENT_A, epoch: 1, stage: "downloading", bytes, total: 100 });

    expect(advance(at(80), { type: "cancelled" }, T)).toEqual({ ok: false, why: "too_late_to_cancel" });
    expect(stepped(at(79), { type: "cancelled" })).toMatchObject({ state: "cancelled" });
  });
});

describe("advance() on a failure", () => {
  test("a final code needs a second opinion", () => {
    const first = stepped(accepted(), failed("needs_owner"));
    const again = { ...claimed({ ...first, notBefore: 0 } as Job, AGENT_B) };
    const second = stepped(again, { ...failed("needs_owner"), agent: AGENT_B, epoch: 2 } as JobEvent);

    expect(first).toMatchObject({ state: "queued", charged: 0, uncharged: 1 });
    expect(second).toMatchObject({ state: "failed", retryAt: T + FAILURES.needs_owner.rememberMs });
  });

  test("a final code that Steam itself confirms ends the job at once", () => {
    expect(stepped(accepted(), failed("item_removed", { confirmed: true }))).toMatchObject({
      state: "failed",
      failure: { code: "item_removed" },
    });
  });

  test.each(["draining", "disk_full", "agent_lost", "tool_broken"] as const)(
    "%s never counts against the item and costs no time",
    (code) => {
      expect(stepped(accepted(), failed(code))).toMatchObject({ state: "queued", charged: 0, notBefore: T });
    },
  );

  test("a throttle delays the address, not the job", () => {
    expect(stepped(accepted(), failed("rate_limited", { retryAfterMs: 3_600_000 }))).toMatchObject({
      notBefore: T + LIMITS.retryBaseMs,
    });
  });

  test("what the agent asks for is waited for", () => {
    expect(stepped(accepted(), failed("item_locked", { retryAfterMs: 99_000 }))).toMatchObject({
      notBefore: T + 99_000,
    });
  });

  test("every code ends after bounded tries", () => {
    const tries = (Object.keys(FAILURES) as FailureCode[]).map((code) => {
      let job: Job = aQueuedJob();
      let count = 0;
      for (; job.state === "queued" && count < 50; count += 1) {
        job = stepped(claimed({ ...job, notBefore: 0 }), { ...failed(code), epoch: job.epoch + 1 } as JobEvent);
      }
      return { state: job.state, count };
    });

    expect(tries.every(({ state, count }) => state === "failed" && count <= LIMITS.unchargedAttemptsMax)).toBe(true);
  });
});

describe("advance() from verifying", () => {
  test("verified ends it under the version that the bytes are", () => {
    expect(stepped(verifying(), { type: "verified", version: "2" })).toMatchObject({
      state: "done",
      version: "2",
      finishedAt: T,
    });
  });

  test("verified tells of the bytes that are served, where the version was here before with others", () => {
    const archive = { sha256: "9".repeat(64), bytes: 12 };

    const job = stepped(verifying(), { type: "verified", version: "2", archive });

    expect(job).toMatchObject({ state: "done", result: { ...archive, agent: AGENT_A } });
  });

  test("rejected throws the result away and blames its agent", () => {
    const job = stepped(verifying(), { type: "rejected", failure: { code: "hash_mismatch", detail: "" }, random: 0 });

    expect(job).toMatchObject({ state: "queued", failure: { agent: AGENT_A, network: NETWORK } });
    expect(job).not.toHaveProperty("result");
  });

  test("source_changed asks for the new version", () => {
    expect(stepped(verifying(), { type: "source_changed", version: "9", expectedBytes: 5 })).toMatchObject({
      state: "queued",
      version: "9",
      expectedBytes: 5,
    });
  });

  test("a revoked agent's result is thrown away", () => {
    expect(stepped(verifying(), { type: "agent_revoked", agent: AGENT_A })).toMatchObject({ state: "queued" });
    expect(advance(verifying(), { type: "agent_revoked", agent: AGENT_B }, T).ok).toBe(false);
  });
});

test("advance() leaves ended jobs alone, whatever happens", () => {
  const ended: Job[] = [
    stepped(verifying(), { type: "verified", version: "1" }),
    stepped(aQueuedJob(), { type: "cancelled" }),
    stepped(accepted(), failed("item_removed", { confirmed: true })),
  ];
  const events: JobEvent[] = [
    { type: "cancelled" },
    { type: "lease_ran_out" },
    failed("internal"),
    { type: "claimed", agent: AGENT_A, network: NETWORK },
  ];

  fc.assert(
    fc.property(fc.constantFrom(...ended), fc.constantFrom(...events), fc.nat(), (job, event, now) => {
      expect(advance(job, event, now)).toEqual({ ok: false, why: "wrong_state" });
    }),
  );
});
