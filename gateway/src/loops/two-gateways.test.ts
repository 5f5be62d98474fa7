import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { aConnected, type JobWorld, jobWorld } from "../../test/job-deps.ts";
import { AGENT_A, AGENT_B, aNewJob, aResult, jobId } from "../../test/jobs.ts";
import { hasSqld, type Sqld, startSqld } from "../../test/sqld.ts";
import { cancelJob } from "../actions/cancel-job.ts";
import { changeJob } from "../actions/change-job.ts";
import { isConstraintViolation } from "../store/database.ts";
import { createJobStore } from "../store/jobs.ts";
import { migrate, readMigrations } from "../store/migrate.ts";
import { createNetworkStore } from "../store/networks.ts";
import { createRemote } from "../store/remote.ts";
import { dispatchTurn } from "./dispatch.ts";
import { createSweepTurn } from "./sweep.ts";

const JOBS = 12;

/** Two gateways, each with its own connection to the same sqld and its own agent behind the same address. */
describe.runIf(await hasSqld())("two gateways on one sqld", () => {
  let server: Sqld;
  const worlds: JobWorld[] = [];

  async function gateway(agent: string) {
    const world = await jobWorld();
    worlds.push(world);
    const database = createRemote({ url: server.http });
    const config = { ...world.deps.config, steamRuns: { burst: 5, everyMs: 3_600_000 } };
    const fleet = { ...world.deps.fleet, connected: () => [aConnected({ agent, freeSlots: 16, slots: 16 })] };
    const rows = { jobs: createJobStore(database), networks: createNetworkStore(database) };
    return { ...world.deps, ...rows, config, fleet, database };
  }

  beforeAll(async () => {
    server = await startSqld();
    const database = createRemote({ url: server.http });
    await migrate(database, await readMigrations());
    await database.close();
  });
  afterAll(async () => {
    await Promise.all(worlds.map((world) => world[Symbol.asyncDispose]()));
    await server.stop();
  });

  test("claim each job once, and together no more runs than the address has", async () => {
    const [one, two] = await Promise.all([gateway(AGENT_A), gateway(AGENT_B)]);
    for (let n = 1; n <= JOBS; n += 1) {
      const source = { kind: "workshop", app: 1, item: String(n) } as const;
      await one.jobs.insertOrJoin(aNewJob({ id: jobId(n), source }));
    }

    const turns = [one, two, one, two].map((deps) => dispatchTurn(deps));
    const offers = (await Promise.all(turns)).reduce((sum, count) => sum + count, 0);

    const jobs = await Promise.all(Array.from({ length: JOBS }, (_, n) => one.jobs.find(jobId(n + 1))));
    const leased = jobs.filter((job) => job?.state === "leased");
    expect(leased).toHaveLength(5);
    expect(offers).toBe(5);
    expect(new Set(leased.map((job) => job?.epoch))).toEqual(new Set([1]));
    expect((await two.networks.find(["192.0.2.1"])).get("192.0.2.1")?.state.tokens).toBe(0);
  });

  test("give a lease back once", async () => {
    const [one, two] = await Promise.all([gateway(AGENT_A), gateway(AGENT_B)]);
    const later = (deps: typeof one) => ({ ...deps, now: () => deps.now() + 20_000 });

    await Promise.all([createSweepTurn(later(one))(), createSweepTurn(later(two))()]);

    const jobs = await Promise.all(Array.from({ length: JOBS }, (_, n) => one.jobs.find(jobId(n + 1))));
    expect(jobs.map((job) => [job?.state, job?.uncharged])).toEqual(jobs.map(() => ["queued", 0]));
  });

  test("hand requesters over, and never cancel what somebody wants", async () => {
    const one = await gateway(AGENT_A);
    const source = { kind: "workshop", app: 1, item: "77" } as const;
    const old = (await one.jobs.insertOrJoin(aNewJob({ id: jobId(77), source, requester: "bob" }))).job;
    await one.jobs.insertOrJoin(aNewJob({ id: jobId(78), source, version: "2" }));
    await changeJob(one, old.id, { event: { type: "claimed", agent: AGENT_A, network: "n" } });
    await changeJob(one, old.id, { event: { type: "finished", result: aResult() } });

    const changed = { type: "source_changed", version: "2", expectedBytes: null } as const;
    const refused = await changeJob(one, old.id, { event: changed }).catch(isConstraintViolation);
    const also = () => [one.jobs.handOver(old.id, "2")];
    await changeJob(one, old.id, { event: { type: "superseded", version: "2" }, also });

    expect(refused).toBe(true);
    expect(await one.jobs.find(old.id)).toMatchObject({ state: "failed", failure: { code: "source_changed" } });
    expect(await cancelJob(one, { job: jobId(78), requester: "alice" })).toMatchObject({ state: "queued" });
    expect(await cancelJob(one, { job: jobId(78), requester: "bob" })).toMatchObject({ state: "cancelled" });
  });
});
