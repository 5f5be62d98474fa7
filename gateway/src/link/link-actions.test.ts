import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { LIMITS } from "@modfleet/protocol";
import { expect, test, vi } from "vitest";
import { aClaimedJob, aCompleteUpload } from "../../test/claimed.ts";
import { jobWorld } from "../../test/job-deps.ts";
import { AGENT_A, aResult, jobId } from "../../test/jobs.ts";
import { listen } from "../../test/listen.ts";
import { connectWireAgent, newAgentKey, type WireAgentOptions } from "../../test/wire-agent.ts";
import { createAgentStore } from "../store/agents.ts";
import { createLink } from "./link.ts";
import { acceptNodeUpgrades } from "./node-upgrade.ts";

/** A gateway with the project's own rules, and one job that the first agent holds under epoch 1. */
async function realGateway() {
  const world = await jobWorld();
  const agents = createAgentStore(world.database);
  const key = newAgentKey();
  const row = { name: "a", status: "trusted", enrolledAt: 1, lastSeenAt: null } as const;
  await agents.insert({ ...row, id: AGENT_A, publicKey: key.publicKey });
  const link = createLink({ ...world.deps, agents, randomBytes: (bytes) => randomBytes(bytes) });
  const server = createServer();
  const stop = acceptNodeUpgrades(server, link);
  const { url, close } = await listen(server);
  const job = await aClaimedJob(world);
  return {
    world,
    link,
    job,
    connect: (options: Partial<WireAgentOptions> = {}) => connectWireAgent({ url, id: AGENT_A, key, ...options }),
    async [Symbol.asyncDispose]() {
      stop();
      await close();
      await world[Symbol.asyncDispose]();
    },
  };
}

const progress = { stage: "downloading", bytes: 5, total: 10 } as const;

test("bindActions() tells a returning agent what it still holds and what is lost", async () => {
  await using gateway = await realGateway();
  const mine = { job: gateway.job.id, epoch: 1 };
  const others = { job: jobId(99), epoch: 7 };

  await using agent = await gateway.connect({ held: [mine, others].map((ref) => ({ ...ref, ...progress })) });

  expect(agent.welcome).toMatchObject({ keep: [mine], lost: [others] });
});

test("bindActions() renews the lease of the agent that beats and of no other epoch", async () => {
  await using gateway = await realGateway();
  await using agent = await gateway.connect();
  gateway.world.tick(60_000);
  const mine = { job: gateway.job.id, epoch: 1 };
  const old = { job: gateway.job.id, epoch: 9 };

  agent.say({ type: "beat", leases: [mine, old].map((ref) => ({ ...ref, ...progress })), freeBytes: 1 });

  expect(await agent.next("beaten")).toEqual({ type: "beaten", revoked: [old] });
  const until = 1_000_000 + 60_000 + LIMITS.leaseMs;
  expect(await gateway.world.deps.jobs.find(gateway.job.id)).toMatchObject({ lease: { until, bytes: 5 } });
});

test("bindActions() settles a result once and says so again to every repetition", async () => {
  await using gateway = await realGateway();
  await using agent = await gateway.connect();
  await aCompleteUpload(gateway.world, gateway.job);
  const { upload, sha256, bytes, tree, fetched } = aResult();
  const delivery = { upload, sha256, bytes, tree, fetched };
  const finished = { type: "finished", job: gateway.job.id, epoch: 1, ...delivery } as const;

  agent.say(finished);
  agent.say(finished);
  agent.say({ ...finished, epoch: 2 });

  const settled = { type: "settled", job: gateway.job.id, epoch: 1 };
  expect([await agent.next("settled"), await agent.next("settled")]).toEqual([settled, settled]);
  expect(await agent.next("lost")).toMatchObject({ epoch: 2 });
});

test("bindActions() queues a job again whose agent fails", async () => {
  await using gateway = await realGateway();
  await using agent = await gateway.connect();

  agent.say({ type: "failed", job: gateway.job.id, epoch: 1, failure: { code: "disk_full", detail: "" } });

  expect(await agent.next("settled")).toMatchObject({ epoch: 1 });
  expect(await gateway.world.deps.jobs.find(gateway.job.id)).toMatchObject({ state: "queued" });
});

test("bindActions() queues a declined job and rings for dispatch", async () => {
  await using gateway = await realGateway();
  const { deps } = gateway.world;
  await using agent = await gateway.connect();
  const rings = vi.fn<() => void>();
  deps.bells.dispatch.listen(rings);

  agent.say({ type: "decline", job: gateway.job.id, epoch: 1, reason: "busy" });
  agent.say({ type: "accept", job: gateway.job.id, epoch: 3 });

  expect(await agent.next("lost")).toMatchObject({ epoch: 3, why: "stale" });
  expect(rings).toHaveBeenCalled();
});
