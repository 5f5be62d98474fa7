import { describe, expect, test } from "vitest";
import { aClaimedJob } from "../../test/claimed.ts";
import { aConnected, jobWorld } from "../../test/job-deps.ts";
import { AGENT_A, aNewJob, jobId } from "../../test/jobs.ts";
import { readUploadToken } from "../domain/upload-token.ts";
import { silentLog } from "../log.ts";
import { dispatchTurn } from "./dispatch.ts";
import { runLoop } from "./loop.ts";
import { sweepTurn } from "./sweep.ts";

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

    expect((await world.deps.networks.find(["192.0.2.1"])).get("192.0.2.1")?.tokens).toBe(27);
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
