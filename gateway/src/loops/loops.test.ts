import { describe, expect, test } from "vitest";
import { aClaimedJob, aCompleteUpload } from "../../test/claimed.ts";
import { aConnected, jobWorld } from "../../test/job-deps.ts";
import { AGENT_A, aNewJob, aResult, jobId } from "../../test/jobs.ts";
import { changeJob } from "../actions/change-job.ts";
import type { BlobStore } from "../blobs/blob-store.ts";
import type { VerifyArchive } from "../blobs/verify-archive.ts";
import { newNetwork, THROTTLE_PAUSE_MS, throttled } from "../domain/manners.ts";
import { readUploadToken } from "../domain/upload-token.ts";
import { silentLog } from "../log.ts";
import { createAgentStore } from "../store/agents.ts";
import { cleanTurn } from "./clean.ts";
import { dispatchTurn } from "./dispatch.ts";
import { runLoop } from "./loop.ts";
import { createSweepTurn, sweepTurn } from "./sweep.ts";
import { createVerifyTurn } from "./verify.ts";

const noBlobs: BlobStore = {
  freeBytes: async () => null,
  size: async () => null,
  read: async () => null,
  hot: async () => null,
  path: () => null,
  createUpload: async () => "disk_full",
  copyIn: async () => "disk_full",
  touch: async () => {},
  writePart: async () => "gone",
  uploadPath: () => null,
  commit: async () => {},
  discard: async () => {},
  sweep: async () => 0,
};

describe("dispatchTurn()", () => {
  test("claims the row before it offers, with a token for that very epoch", async () => {
    await using world = await jobWorld();
    world.connected.push(aConnected());
    const { job } = await world.deps.jobs.insertOrJoin(aNewJob());

    expect(await dispatchTurn(world.deps)).toBe(1);

    const offer = world.told[0]?.message;
    if (offer?.type !== "offer") throw new Error("No offer");
    expect(offer).toMatchObject({
      job: job.id,
      epoch: 1,
      expectedBytes: 1_000,
      deadlineMs: 600_000,
      source: job.source,
    });
    expect(readUploadToken(world.deps.uploadSecret, offer.uploadToken, world.deps.now())).toMatchObject({
      ok: true,
      claims: { job: job.id, epoch: 1, agent: AGENT_A },
    });
    expect(await world.deps.jobs.find(job.id)).toMatchObject({ state: "leased", lease: { agent: AGENT_A } });
  });

  test("looks past what nobody there can do", async () => {
    await using world = await jobWorld();
    world.connected.push(aConnected({ freeSlots: 1 }));
    const source = (n: number) => ({ kind: "workshop", app: 1, item: String(n) }) as const;
    for (let n = 1; n <= 250; n += 1) {
      await world.deps.jobs.insertOrJoin(aNewJob({ id: jobId(n), source: source(n), requestedAt: n }));
      if (n < 250) world.deps.declines.note(jobId(n), AGENT_A);
    }

    expect(await dispatchTurn(world.deps)).toBe(1);
    expect(world.told[0]?.message).toMatchObject({ type: "offer", job: jobId(250) });
  });

  test("an offer that finds no socket goes back into the queue", async () => {
    await using world = await jobWorld();
    world.connected.push(aConnected());
    await world.deps.jobs.insertOrJoin(aNewJob());
    const fleet = { ...world.deps.fleet, tell: () => false };

    expect(await dispatchTurn({ ...world.deps, fleet })).toBe(0);
    expect(await world.deps.jobs.find(jobId(1))).toMatchObject({ state: "queued", charged: 0, uncharged: 0 });
  });

  test("keeps the account of the address across restarts", async () => {
    await using world = await jobWorld();
    world.connected.push(aConnected({ freeSlots: 16, slots: 16 }));
    for (let n = 1; n <= 3; n += 1) {
      await world.deps.jobs.insertOrJoin(
        aNewJob({ id: jobId(n), source: { kind: "workshop", app: 1, item: String(n) } }),
      );
    }

    await dispatchTurn(world.deps);

    expect((await world.deps.networks.find(["192.0.2.1"])).get("192.0.2.1")?.state.tokens).toBe(27);
  });
});

describe("dispatchTurn() toward Valve", () => {
  test("a throttle that comes between the look and the claim stops the claim", async () => {
    await using world = await jobWorld();
    const { deps } = world;
    world.connected.push(aConnected());
    await deps.jobs.insertOrJoin(aNewJob());
    const blocked = throttled(newNetwork(deps.config.steamRuns, deps.now()), THROTTLE_PAUSE_MS, deps.now());
    const find: typeof deps.networks.find = async (names) => {
      const seen = await deps.networks.find(names);
      await world.database.batch([deps.networks.save("192.0.2.1", blocked)]);
      return seen;
    };

    expect(await dispatchTurn({ ...deps, networks: { ...deps.networks, find } })).toBe(0);

    expect(await deps.jobs.find(jobId(1))).toMatchObject({ state: "queued", epoch: 0 });
    expect((await deps.networks.find(["192.0.2.1"])).get("192.0.2.1")?.state).toEqual(blocked);
  });

  test("two gateways that look at the same moment share the runs of an address", async () => {
    await using world = await jobWorld();
    const config = { ...world.deps.config, steamRuns: { burst: 3, everyMs: 3_600_000 } };
    world.connected.push(aConnected({ freeSlots: 16, slots: 16 }));
    for (let n = 1; n <= 8; n += 1) {
      const source = { kind: "workshop", app: 1, item: String(n) } as const;
      await world.deps.jobs.insertOrJoin(aNewJob({ id: jobId(n), source }));
    }

    const turns = await Promise.all([dispatchTurn({ ...world.deps, config }), dispatchTurn({ ...world.deps, config })]);

    expect(turns.reduce((sum, offers) => sum + offers, 0)).toBe(3);
    expect((await world.deps.networks.find(["192.0.2.1"])).get("192.0.2.1")?.state.tokens).toBe(0);
  });

  test("a bucket refills after whole and broken numbers of runs", async () => {
    await using world = await jobWorld();
    const config = { ...world.deps.config, steamRuns: { burst: 1, everyMs: 3_000 } };
    world.connected.push(aConnected({ freeSlots: 16, slots: 16 }));
    for (let n = 1; n <= 3; n += 1) {
      const source = { kind: "workshop", app: 1, item: String(n) } as const;
      await world.deps.jobs.insertOrJoin(aNewJob({ id: jobId(n), source }));
    }

    const offers: number[] = [];
    for (const waitMs of [0, 1_000, 2_001, 3_000]) {
      world.tick(waitMs);
      offers.push(await dispatchTurn({ ...world.deps, config }));
    }

    expect(offers).toEqual([1, 0, 1, 1]);
  });

  test("an agent that was revoked a moment ago gets nothing", async () => {
    await using world = await jobWorld();
    world.connected.push(aConnected());
    await world.deps.jobs.insertOrJoin(aNewJob());
    const agent = { id: AGENT_A, name: "a", publicKey: "k", enrolledAt: 1, lastSeenAt: null };
    await createAgentStore(world.database).insert({ ...agent, status: "revoked" });

    expect(await dispatchTurn(world.deps)).toBe(0);
    expect(await world.deps.jobs.find(jobId(1))).toMatchObject({ state: "queued", epoch: 0 });
  });
});

describe("createSweepTurn()", () => {
  test("leases that ran out while the gateway was away begin anew, offers do not", async () => {
    await using world = await jobWorld();
    const held = await aClaimedJob(world);
    const offered = (await world.deps.jobs.insertOrJoin(aNewJob({ id: jobId(2), version: "2" }))).job;
    await changeJob(world.deps, offered.id, { event: { type: "claimed", agent: AGENT_A, network: "192.0.2.1" } });
    world.tick(200_000);

    await createSweepTurn(world.deps)();

    expect(await world.deps.jobs.find(held.id)).toMatchObject({ lease: { until: world.deps.now() + 90_000 } });
    expect(await world.deps.jobs.find(offered.id)).toMatchObject({ state: "queued" });
  });

  test("a gateway that was stopped for hours charges nobody for it", async () => {
    await using world = await jobWorld();
    const sweep = createSweepTurn(world.deps);
    const held = await aClaimedJob(world);
    await sweep();

    world.tick(5 * 3_600_000);
    await sweep();
    expect(await world.deps.jobs.find(held.id)).toMatchObject({ state: "leased" });

    for (let second = 0; second < 90; second += 1) {
      world.tick(1_000);
      await sweep();
    }
    expect(await world.deps.jobs.find(held.id)).toMatchObject({ state: "queued", charged: 0, uncharged: 1 });
  });
});

describe("createVerifyTurn()", () => {
  test("an archive that cannot be looked at is tried a few times and then fetched again", async () => {
    await using world = await jobWorld();
    await aCompleteUpload(world, await aClaimedJob(world));
    const event = { type: "finished", result: aResult() } as const;
    await changeJob(world.deps, jobId(1), { event, also: () => [world.deps.jobs.recordResult(jobId(1), aResult())] });
    const broken = () => {
      throw new Error("Could not read the disk");
    };
    const blobs = { ...noBlobs, path: broken, uploadPath: broken };
    const verifyArchive: VerifyArchive = () => Promise.reject(new Error("Unused"));
    const turn = createVerifyTurn({ ...world.deps, blobs, verifyArchive });

    const states: (string | undefined)[] = [];
    for (let n = 1; n <= 5; n += 1) {
      await turn(new AbortController().signal);
      await turn(new AbortController().signal);
      states.push((await world.deps.jobs.find(jobId(1)))?.state);
      world.tick(30_000);
    }

    expect(states).toEqual(["verifying", "verifying", "verifying", "verifying", "queued"]);
  });
});

describe("cleanTurn()", () => {
  test("keeps a blob that an upload stands on until its version is published", async () => {
    await using world = await jobWorld();
    await aCompleteUpload(world, await aClaimedJob(world));
    const kept: boolean[] = [];
    const blobs: BlobStore = {
      ...noBlobs,
      sweep: async (keep) => {
        kept.push(await keep.blob(aResult().sha256), await keep.blob("9".repeat(64)));
        return 0;
      },
    };

    await cleanTurn({ ...world.deps, blobs });

    expect(kept).toEqual([true, false]);
  });
});

describe("sweepTurn()", () => {
  test("gives back a lease that ran out and tells the holder", async () => {
    await using world = await jobWorld();
    await aClaimedJob(world);

    expect(await sweepTurn(world.deps)).toBe(0);
    world.tick(90_000);
    expect(await sweepTurn(world.deps)).toBe(1);

    expect(await world.deps.jobs.find(jobId(1))).toMatchObject({ state: "queued", charged: 0, uncharged: 1 });
    expect(world.told).toEqual([{ agent: AGENT_A, message: { type: "lost", job: jobId(1), epoch: 1, why: "stale" } }]);
  });
});

describe("runLoop()", () => {
  test("a ring wakes it, a failing turn does not end it, the signal does", async () => {
    await using world = await jobWorld();
    const stop = new AbortController();
    let turns = 0;
    const turn = async (): Promise<void> => {
      turns += 1;
      world.deps.bells.dispatch.ring();
      if (turns === 2) throw new Error("Once");
      if (turns === 3) stop.abort();
    };

    await runLoop(turn, {
      name: "test",
      bell: world.deps.bells.dispatch,
      everyMs: 3_600_000,
      log: silentLog,
      signal: stop.signal,
    });

    expect(turns).toBe(3);
  });
});
