import { expect, test } from "vitest";
import { aClaimedJob } from "../../test/claimed.ts";
import { type JobWorld, jobWorld } from "../../test/job-deps.ts";
import { AGENT_A, aNewJob, aResult, jobId } from "../../test/jobs.ts";
import { DAY_MS } from "../domain/statistics.ts";
import { changeJob } from "./change-job.ts";

const counted = async ({ deps }: JobWorld) =>
  (await deps.statistics.days(0, 10 * DAY_MS)).map(({ kind, count }) => [kind, count]);

test("changeJob() counts one transfer and its time from the request to its end, whoever says so how often", async () => {
  await using world = await jobWorld();
  const { deps } = world;
  const { id, requestedAt } = await aClaimedJob(world);
  await changeJob(deps, id, { event: { type: "finished", result: aResult() } });
  expect(await counted(world)).toEqual([]);
  world.tick(60_000);

  const event = { type: "verified", version: "1" } as const;
  const changed = await Promise.all(Array.from({ length: 10 }, () => changeJob(deps, id, { event })));

  expect(changed.filter(({ ok }) => ok)).toHaveLength(1);
  expect(await counted(world)).toEqual([["download_from_steam_ok", 1]]);
  expect(await deps.statistics.meanDuration(["steam_ok"], 20)).toBe(deps.now() - requestedAt);
});

test("changeJob() counts nothing as a transfer from Steam that came from elsewhere", async () => {
  await using world = await jobWorld();
  const { deps } = world;
  const source = { kind: "http", url: "https://host.example/a" } as const;
  const { job } = await deps.jobs.insertOrJoin(aNewJob({ source }));
  await changeJob(deps, job.id, { event: { type: "claimed", agent: AGENT_A, network: "192.0.2.1" } });
  await changeJob(deps, job.id, { event: { type: "finished", result: aResult() } });

  await changeJob(deps, job.id, { event: { type: "verified", version: "1" } });

  expect(await deps.jobs.find(job.id)).toMatchObject({ state: "done" });
  expect(await counted(world)).toEqual([]);
});

test("changeJob() counts a failure once it is final, and not the tries before", async () => {
  await using world = await jobWorld();
  const { deps } = world;
  const who = { agent: AGENT_A, network: "192.0.2.1" };
  const failure = { code: "needs_owner", detail: "" } as const;
  await aClaimedJob(world);
  await changeJob(deps, jobId(1), {
    event: { type: "failed", ...who, epoch: 1, failure, confirmed: false, random: 0 },
  });
  expect(await counted(world)).toEqual([]);
  world.tick(DAY_MS);

  await changeJob(deps, jobId(1), { event: { type: "claimed", ...who } });
  await changeJob(deps, jobId(1), {
    event: { type: "failed", ...who, epoch: 2, failure, confirmed: true, random: 0 },
  });

  expect(await deps.jobs.find(jobId(1))).toMatchObject({ state: "failed" });
  expect(await counted(world)).toEqual([["download_from_steam_error", 1]]);
  expect(await deps.statistics.meanDuration(["steam_error"], 20)).toBeGreaterThanOrEqual(DAY_MS);
});

test("changeJob() counts nothing when somebody no longer wants it, and nothing of a job that another one replaces", async () => {
  await using cancelled = await jobWorld();
  await aClaimedJob(cancelled);
  await using superseded = await jobWorld();
  await aClaimedJob(superseded);
  await changeJob(superseded.deps, jobId(1), { event: { type: "finished", result: aResult() } });

  const ends = await Promise.all([
    changeJob(cancelled.deps, jobId(1), { event: { type: "cancelled" } }),
    changeJob(superseded.deps, jobId(1), { event: { type: "superseded", version: "2" } }),
  ]);

  expect(ends.map(({ ok }) => ok)).toEqual([true, true]);
  expect([...(await counted(cancelled)), ...(await counted(superseded))]).toEqual([]);
});

test("changeJob() counts nothing when its transaction does not happen", async () => {
  await using world = await jobWorld();
  const { deps } = world;
  await aClaimedJob(world);
  await changeJob(deps, jobId(1), { event: { type: "finished", result: aResult() } });
  const also = () => [{ sql: "INSERT INTO requesters (job_id, requester, requested_at) VALUES (NULL, NULL, 0)" }];

  await expect(changeJob(deps, jobId(1), { event: { type: "verified", version: "1" }, also })).rejects.toThrow();

  expect(await counted(world)).toEqual([]);
});
