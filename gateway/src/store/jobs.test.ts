import { describe, expect, test } from "vitest";
import { jobWorld } from "../../test/job-deps.ts";
import { AGENT_A, AGENT_B, aNewJob, aResult, jobId } from "../../test/jobs.ts";
import { advance, type JobEvent } from "../domain/advance.ts";
import type { Job } from "../domain/job.ts";
import type { Statement } from "./database.ts";
import { createJobStore } from "./jobs.ts";

function stepped(job: Job, event: JobEvent, now = 2_000): Job {
  const step = advance(job, event, now);
  if (!step.ok) throw new Error(step.why);
  return step.job;
}

const claim: JobEvent = { type: "claimed", agent: AGENT_A, network: "192.0.2.1" };

describe("insertOrJoin()", () => {
  test("ten thousand identical requests make one job, created once", async () => {
    await using world = await jobWorld();
    const { jobs } = world.deps;

    const answers = await Promise.all(
      Array.from({ length: 10_000 }, (_, n) => jobs.insertOrJoin(aNewJob({ id: jobId(n), requester: `r${n % 7}` }))),
    );

    expect(answers.filter((answer) => answer.created)).toHaveLength(1);
    expect(new Set(answers.map((answer) => answer.job.id)).size).toBe(1);
  });

  test("another version of the same source is another job", async () => {
    await using world = await jobWorld();

    await world.deps.jobs.insertOrJoin(aNewJob());
    const second = await world.deps.jobs.insertOrJoin(aNewJob({ id: jobId(2), version: "2" }));

    expect(second).toMatchObject({ created: true, job: { id: jobId(2) } });
  });

  test("an ended job is not joined", async () => {
    await using world = await jobWorld();
    const { job } = await world.deps.jobs.insertOrJoin(aNewJob());
    await world.deps.jobs.replace(job, stepped(job, { type: "cancelled" }));

    expect(await world.deps.jobs.insertOrJoin(aNewJob({ id: jobId(2) }))).toMatchObject({ created: true });
  });

  test("a job that was done a moment ago is given back, of a file whatever version that was", async () => {
    await using world = await jobWorld();
    const { jobs } = world.deps;
    const source = { kind: "http", url: "https://host.example/a" } as const;
    const steam = aNewJob({ unlessDoneSince: 0 });
    const file = aNewJob({ ...steam, id: jobId(2), mod: "7", source, version: "latest" });
    for (const fresh of [steam, file]) {
      const { job } = await jobs.insertOrJoin(fresh);
      const verifying = stepped(stepped(job, claim), { type: "finished", result: aResult() });
      await jobs.replace(job, stepped(verifying, { type: "verified", version: "other" }));
    }

    const again = await Promise.all([steam, file].map((job, n) => jobs.insertOrJoin({ ...job, id: jobId(n + 3) })));

    expect(again).toMatchObject([
      { created: true, job: { state: "queued" } },
      { created: false, job: { state: "done" } },
    ]);
  });

  test("keeps ids beyond 2^53 exact", async () => {
    await using world = await jobWorld();
    const mod = "9223372036854775807";

    const { job } = await world.deps.jobs.insertOrJoin(
      aNewJob({ mod, source: { kind: "workshop", app: 1, item: mod } }),
    );

    expect((await world.deps.jobs.find(job.id))?.mod).toBe(mod);
    expect((await world.deps.jobs.latestFor(mod))?.id).toBe(job.id);
  });
});

describe("replace()", () => {
  test("brings every state back as it was written", async () => {
    await using world = await jobWorld();
    const { jobs } = world.deps;
    const { job: queued } = await jobs.insertOrJoin(aNewJob());
    const leased = stepped(queued, claim);
    const accepted = stepped(leased, { type: "accepted", agent: AGENT_A, epoch: 1 });
    const verifying = stepped(accepted, { type: "finished", result: aResult() });
    const done = stepped(verifying, { type: "verified", version: "7" });
    const chain = [queued, leased, accepted, verifying, done];

    for (const [n, after] of chain.entries()) {
      if (n > 0) expect(await jobs.replace(chain[n - 1] ?? queued, after)).toBe(true);
      expect(await jobs.find(queued.id)).toEqual(after);
    }
  });

  test("exactly one of two racing writers wins, and only the winner's statements are written", async () => {
    await using world = await jobWorld();
    const { jobs } = world.deps;
    const { job } = await jobs.insertOrJoin(aNewJob());
    const leased = stepped(job, claim);
    const done = (agent: string) =>
      stepped(leased, { type: "finished", result: aResult() }) && jobs.recordResult(job.id, aResult({ agent }));
    await jobs.replace(job, leased);
    const after = stepped(leased, { type: "finished", result: aResult() });

    const won = await Promise.all([AGENT_A, AGENT_B].map((agent) => jobs.replace(leased, after, [done(agent)])));

    expect(won).toEqual([true, false]);
    expect(await jobs.verdict(job.id, 1, AGENT_A)).toBe("pending");
    expect(await jobs.verdict(job.id, 1, AGENT_B)).toBeNull();
  });

  test("a sweep loses against a renewal that came in between", async () => {
    await using world = await jobWorld();
    const { jobs } = world.deps;
    const { job } = await jobs.insertOrJoin(aNewJob());
    const accepted = stepped(stepped(job, claim), { type: "accepted", agent: AGENT_A, epoch: 1 });
    await jobs.replace(job, accepted);
    const overdue = stepped(accepted, { type: "lease_ran_out" }, 1e12);

    await jobs.renew(job.id, 1, AGENT_A, 300_000);

    expect(await jobs.replace(accepted, overdue)).toBe(false);
  });
});

describe("claimable()", () => {
  test("is fair: one with a hundred jobs does not stand before one with one", async () => {
    await using world = await jobWorld();
    const { jobs } = world.deps;
    const request = (n: number, requester: string) =>
      jobs.insertOrJoin(
        aNewJob({
          id: jobId(n),
          mod: String(n),
          source: { kind: "workshop", app: 1, item: String(n) },
          requester,
          requestedAt: n,
        }),
      );
    for (let n = 1; n <= 100; n += 1) await request(n, "many");
    for (let n = 101; n <= 102; n += 1) await request(n, "few");

    const order = await jobs.claimable({ now: 5_000, kinds: ["workshop"], limit: 5 });

    expect(order.map((job) => job.id)).toEqual([1, 101, 2, 102, 3].map(jobId));
    expect(await jobs.place(jobId(102))).toBe(4);
  });

  test("leaves out what waits for its time and what nobody there can fetch", async () => {
    await using world = await jobWorld();
    await world.deps.jobs.insertOrJoin(aNewJob({ requestedAt: 9_000 }));

    expect(await world.deps.jobs.claimable({ now: 8_999, kinds: ["workshop"], limit: 5 })).toEqual([]);
    expect(await world.deps.jobs.claimable({ now: 9_000, kinds: ["http"], limit: 5 })).toEqual([]);
    expect(await world.deps.jobs.claimable({ now: 9_000, kinds: ["workshop", "http"], limit: 5 })).toHaveLength(1);
  });
});

test("renew() is fenced and stops at the deadline", async () => {
  await using world = await jobWorld();
  const { jobs } = world.deps;
  const { job } = await jobs.insertOrJoin(aNewJob());
  const accepted = stepped(stepped(job, claim), { type: "accepted", agent: AGENT_A, epoch: 1 });
  await jobs.replace(job, accepted);

  expect(await jobs.renew(job.id, 1, AGENT_B, 1e12)).toBe(false);
  expect(await jobs.renew(job.id, 2, AGENT_A, 1e12)).toBe(false);
  expect(await jobs.renew(job.id, 1, AGENT_A, 1e12)).toBe(true);
  expect(await jobs.find(job.id)).toMatchObject({ lease: { until: 602_000, deadlineAt: 602_000 } });
});

test("leave() counts who still waits", async () => {
  await using world = await jobWorld();
  const { jobs } = world.deps;
  const { job } = await jobs.insertOrJoin(aNewJob({ requester: "alice" }));
  await jobs.insertOrJoin(aNewJob({ id: jobId(2), requester: "bob" }));

  expect(await jobs.leave(job.id, "mallory")).toBeNull();
  expect(await jobs.leave(job.id, "alice")).toBe(1);
  expect(await jobs.leave(job.id, "bob")).toBe(0);
});

test("forgetRequesters() forgets who waited for what ended, and nobody else", async () => {
  await using world = await jobWorld();
  const { jobs } = world.deps;
  const { job: ended } = await jobs.insertOrJoin(aNewJob());
  await jobs.replace(ended, stepped(ended, { type: "cancelled" }));
  const { job: running } = await jobs.insertOrJoin(aNewJob({ id: jobId(2) }));

  await jobs.forgetRequesters(3_000);

  expect(await jobs.leave(ended.id, "alice")).toBeNull();
  expect(await jobs.leave(running.id, "alice")).toBe(0);
});

test("ofAgent() finds leases and unpublished results", async () => {
  await using world = await jobWorld();
  const { jobs } = world.deps;
  const { job } = await jobs.insertOrJoin(aNewJob());
  const leased = stepped(job, claim);
  await jobs.replace(job, leased);

  expect((await jobs.ofAgent(AGENT_A)).map((one) => one.state)).toEqual(["leased"]);
  await jobs.replace(leased, stepped(leased, { type: "finished", result: aResult() }));
  expect((await jobs.ofAgent(AGENT_A)).map((one) => one.state)).toEqual(["verifying"]);
  expect(await jobs.ofAgent(AGENT_B)).toEqual([]);
});

test("queuedBy() counts what one household has in the queue, no further than asked", async () => {
  await using world = await jobWorld();
  const { jobs } = world.deps;
  for (let n = 1; n <= 3; n += 1) await jobs.insertOrJoin(aNewJob({ id: jobId(n), version: String(n) }));

  expect([await jobs.queuedBy("alice", 9), await jobs.queuedBy("alice", 2), await jobs.queuedBy("bob", 9)]).toEqual([
    3, 2, 0,
  ]);
});

test("a mod with many jobs that are over is looked up in indexes", async () => {
  await using world = await jobWorld();
  const plans: string[] = [];
  const explain = async ({ sql, args }: Statement): Promise<void> => {
    if (!/^\s*SELECT/.test(sql)) return;
    const rows = await world.database.read({ sql: `EXPLAIN QUERY PLAN ${sql}`, ...(args ? { args } : {}) });
    plans.push(rows.map((row) => String(row["detail"])).join("; "));
  };
  const { read, batch } = world.database;
  const jobs = createJobStore({
    ...world.database,
    read: (statement) => explain(statement).then(() => read(statement)),
    batch: (statements) => Promise.all(statements.map(explain)).then(() => batch(statements)),
  });

  await jobs.latestFor("7");
  await jobs.hasFailed("7");
  await jobs.insertOrJoin(aNewJob({ unlessDoneSince: 5 }));

  const [latest, failed, found] = plans;
  expect(latest).toContain("jobs_of_mod (mod_id=? AND state=?)");
  expect(failed).toContain("jobs_of_mod (mod_id=? AND state=? AND finished_at>?)");
  expect(found).toContain("jobs_done (source_key=? AND finished_at>?)");
});
