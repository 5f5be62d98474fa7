import { expect, test } from "vitest";
import { aClaimedJob } from "../../test/claimed.ts";
import { jobWorld } from "../../test/job-deps.ts";
import { AGENT_A, aNewJob, jobId } from "../../test/jobs.ts";
import { cancelJob } from "./cancel-job.ts";

const mine = { job: jobId(1), requester: "alice" };

test("cancelJob() ends a job that nobody else waits for and tells its holder", async () => {
  await using world = await jobWorld();
  await aClaimedJob(world);

  expect(await cancelJob(world.deps, mine)).toMatchObject({ state: "cancelled" });
  expect(world.told).toEqual([{ agent: AGENT_A, message: { type: "cancel", job: jobId(1), epoch: 1 } }]);
});

test("cancelJob() lets a job go on while somebody else waits for it", async () => {
  await using world = await jobWorld();
  await aClaimedJob(world);
  await world.deps.jobs.insertOrJoin(aNewJob({ id: jobId(2), requester: "bob" }));

  expect(await cancelJob(world.deps, mine)).toMatchObject({ state: "leased" });
});

test("cancelJob() never takes the job from somebody who asks in that very moment", async () => {
  await using world = await jobWorld();
  const { jobs } = world.deps;
  await jobs.insertOrJoin(aNewJob());
  const leave: typeof jobs.leave = async (job, requester) => {
    const waiting = await jobs.leave(job, requester);
    await jobs.insertOrJoin(aNewJob({ id: jobId(2), requester: "bob" }));
    return waiting;
  };

  const answer = await cancelJob({ ...world.deps, jobs: { ...jobs, leave } }, mine);

  expect(answer).toMatchObject({ state: "queued" });
  expect(await jobs.find(jobId(1))).toMatchObject({ state: "queued" });
});

test("cancelJob() refuses a stranger and an unknown job", async () => {
  await using world = await jobWorld();
  await world.deps.jobs.insertOrJoin(aNewJob());

  await expect(cancelJob(world.deps, { ...mine, requester: "mallory" })).rejects.toMatchObject({ code: "forbidden" });
  await expect(cancelJob(world.deps, { ...mine, job: jobId(9) })).rejects.toMatchObject({ code: "not_found" });
});
