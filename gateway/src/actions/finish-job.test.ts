import type { Finished } from "@modfleet/protocol";
import { describe, expect, test } from "vitest";
import { aClaimedJob, aCompleteUpload } from "../../test/claimed.ts";
import { aPublication } from "../../test/database-facts.ts";
import { jobWorld } from "../../test/job-deps.ts";
import { AGENT_A, AGENT_B, aResult, jobId } from "../../test/jobs.ts";
import { changeJob } from "./change-job.ts";
import { failJob } from "./fail-job.ts";
import { finishJob } from "./finish-job.ts";
import { holdJobs } from "./hold-jobs.ts";
import { releaseAgent } from "./release-agent.ts";

const NETWORK = "192.0.2.1";
const { upload, sha256, bytes, tree, fetched } = aResult();
const FILE = { kind: "http", url: "https://host.example/a" } as const;
const ref = { job: jobId(1), epoch: 1 };
const message: Finished = { type: "finished", ...ref, upload, sha256, bytes, tree, fetched };
const delivery = { agent: AGENT_A, network: NETWORK, message };
const settled = { type: "settled", ...ref };
const lost = (why: string) => ({ type: "lost", ...ref, why });

describe("finishJob()", () => {
  test("settles a complete upload and waits for verification", async () => {
    await using world = await jobWorld();
    await aCompleteUpload(world, await aClaimedJob(world));

    expect(await finishJob(world.deps, delivery)).toEqual(settled);
    expect(await world.deps.jobs.find(ref.job)).toMatchObject({ state: "verifying", result: { sha256 } });
  });

  test("says settled again, for ever, also to racing repetitions", async () => {
    await using world = await jobWorld();
    await aCompleteUpload(world, await aClaimedJob(world));

    const answers = await Promise.all(Array.from({ length: 20 }, () => finishJob(world.deps, delivery)));
    await changeJob(world.deps, ref.job, { event: { type: "verified", version: "1" } });

    expect(answers).toEqual(answers.map(() => settled));
    expect(await finishJob(world.deps, delivery)).toEqual(settled);
  });

  test("is lost when the upload is not there, and the job goes to somebody else", async () => {
    await using world = await jobWorld();
    await aClaimedJob(world);

    expect(await finishJob(world.deps, delivery)).toEqual(lost("upload_missing"));
    expect(await world.deps.jobs.find(ref.job)).toMatchObject({
      state: "queued",
      charged: 0,
      failure: { code: "hash_mismatch" },
    });
  });

  test("is lost when another hash was uploaded", async () => {
    await using world = await jobWorld();
    await aCompleteUpload(world, await aClaimedJob(world));

    expect(await finishJob(world.deps, { ...delivery, message: { ...message, sha256: "0".repeat(64) } })).toEqual(
      lost("upload_differs"),
    );
  });

  test("an old epoch is lost and changes nothing", async () => {
    await using world = await jobWorld();
    await aCompleteUpload(world, await aClaimedJob(world));
    world.tick(100_000);
    await changeJob(world.deps, ref.job, { event: { type: "lease_ran_out" } });
    await changeJob(world.deps, ref.job, { event: { type: "claimed", agent: AGENT_B, network: NETWORK } });
    const before = await world.deps.jobs.find(ref.job);

    expect(await finishJob(world.deps, delivery)).toEqual(lost("stale"));
    expect(await world.deps.jobs.find(ref.job)).toEqual(before);
  });

  test("a job nobody knows is lost", async () => {
    await using world = await jobWorld();

    expect(await finishJob(world.deps, delivery)).toMatchObject({ type: "lost" });
  });
});

describe("failJob()", () => {
  type Code = "draining" | "item_removed" | "rate_limited" | "source_not_found" | "tool_broken";
  const failed = (code: Code) =>
    ({ agent: AGENT_A, network: NETWORK, message: { type: "failed", ...ref, failure: { code, detail: "" } } }) as const;

  test("hands a job back and ends the resending", async () => {
    await using world = await jobWorld();
    await aClaimedJob(world);

    expect(await failJob(world.deps, failed("draining"))).toEqual(settled);
    expect(await failJob(world.deps, failed("draining"))).toEqual(lost("stale"));
    expect(await world.deps.jobs.find(ref.job)).toMatchObject({ state: "queued", charged: 0, uncharged: 1 });
  });

  test("believes a removal only when Steam says so too", async () => {
    await using world = await jobWorld();
    await aClaimedJob(world);

    await failJob(world.deps, failed("item_removed"));

    expect(await world.deps.jobs.find(ref.job)).toMatchObject({ state: "failed", failure: { code: "item_removed" } });
  });

  test("an agent with a broken tool gets no more offers of its kind for a while", async () => {
    await using world = await jobWorld();
    await aClaimedJob(world);

    await failJob(world.deps, failed("tool_broken"));

    const { has } = world.deps.declines;
    expect(has({ id: jobId(5), source: { kind: "workshop" } }, AGENT_A)).toBe(true);
    expect(has({ id: jobId(5), source: { kind: "http" } }, AGENT_A)).toBe(false);
  });

  test("what a source has no more is marked once that is final, and stays here", async () => {
    await using world = await jobWorld();
    const { catalogue, limits } = world.deps;
    const mod = await catalogue.saveSource(FILE, 1);
    await world.database.batch(catalogue.publishStatements(aPublication(mod)));
    await aClaimedJob(world, { mod, source: FILE, version: "latest" });
    await failJob(world.deps, failed("source_not_found"));
    expect((await catalogue.findMod(mod))?.removedAt).toBeNull();

    world.tick(limits.retryMaxMs);
    const claimed = { type: "claimed", agent: AGENT_A, network: NETWORK } as const;
    await changeJob(world.deps, ref.job, { event: claimed });
    const message = { ...failed("source_not_found").message, epoch: 2 };
    await failJob(world.deps, { agent: AGENT_A, network: NETWORK, message });

    expect(await world.deps.jobs.find(ref.job)).toMatchObject({ state: "failed" });
    expect(await catalogue.findMod(mod)).toMatchObject({ removedAt: world.deps.now(), current: { key: "1" } });
    expect((await catalogue.events(0, 9)).at(-1)).toMatchObject({ type: "mod_removed", mod });
  });

  test("a throttle stops the address for half an hour", async () => {
    await using world = await jobWorld();
    await aClaimedJob(world);

    await failJob(world.deps, failed("rate_limited"));

    const account = (await world.deps.networks.find([NETWORK])).get(NETWORK)?.state;
    expect(account?.blockedUntil).toBe(world.deps.now() + 1_800_000);
  });

  test("a host that is no Steam's cannot keep an address from Steam", async () => {
    await using world = await jobWorld();
    await aClaimedJob(world, { source: FILE });

    expect(await failJob(world.deps, failed("rate_limited"))).toEqual(settled);

    expect((await world.deps.networks.find([NETWORK])).get(NETWORK)).toBeUndefined();
  });
});

describe("holdJobs()", () => {
  const held = { ...ref, stage: "uploading", bytes: 5, total: 9 } as const;

  test("keeps what is still leased and loses the rest", async () => {
    await using world = await jobWorld();
    await aClaimedJob(world);

    const answer = await holdJobs(world.deps, {
      agent: AGENT_A,
      held: [held, { ...held, epoch: 2 }, { ...held, job: jobId(9) }],
    });

    expect(answer).toEqual({
      keep: [ref],
      lost: [
        { ...ref, epoch: 2 },
        { job: jobId(9), epoch: 1 },
      ],
    });
  });

  test("never calls an accepted result lost", async () => {
    await using world = await jobWorld();
    await aCompleteUpload(world, await aClaimedJob(world));
    await finishJob(world.deps, delivery);

    expect(await holdJobs(world.deps, { agent: AGENT_A, held: [held] })).toEqual({ keep: [ref], lost: [] });
  });
});

test("releaseAgent() throws a revoked agent's pending result away", async () => {
  await using world = await jobWorld();
  await aCompleteUpload(world, await aClaimedJob(world));
  await finishJob(world.deps, delivery);

  await releaseAgent(world.deps, { agent: AGENT_A });

  expect(await world.deps.jobs.find(ref.job)).toMatchObject({ state: "queued" });
  expect(await finishJob(world.deps, delivery)).toEqual(lost("stale"));
});
