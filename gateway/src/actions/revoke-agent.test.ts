import { expect, test } from "vitest";
import { aClaimedJob } from "../../test/claimed.ts";
import { jobWorld } from "../../test/job-deps.ts";
import { AGENT_A, AGENT_B } from "../../test/jobs.ts";
import { type AgentStore, createAgentStore } from "../store/agents.ts";
import { releaseAgent } from "./release-agent.ts";
import { revokeAgent } from "./revoke-agent.ts";
import { trustAgent } from "./trust-agent.ts";

async function worldWithAgent() {
  const world = await jobWorld();
  const agents: AgentStore = createAgentStore(world.database);
  const agent = {
    id: AGENT_A,
    name: "a",
    publicKey: "k",
    status: "probation",
    enrolledAt: 1,
    lastSeenAt: null,
  } as const;
  await agents.insert(agent);
  const disconnected: unknown[] = [];
  const deps = {
    ...world.deps,
    agents,
    fleet: { disconnect: (id: string, reason: string) => disconnected.push([id, reason]) },
    release: (id: string) => releaseAgent(world.deps, { agent: id }),
  };
  return { world, deps, agents, disconnected, [Symbol.asyncDispose]: () => world[Symbol.asyncDispose]() };
}

test("revokeAgent() ends the agent's rights, its leases and its line", async () => {
  await using fixture = await worldWithAgent();
  const job = await aClaimedJob(fixture.world);

  const revoked = await revokeAgent(fixture.deps, { agent: AGENT_A });

  expect(revoked).toMatchObject({ id: AGENT_A, status: "revoked" });
  expect(await fixture.deps.jobs.find(job.id)).toMatchObject({ state: "queued" });
  expect(fixture.disconnected).toEqual([[AGENT_A, "revoked"]]);
});

test("revokeAgent() repeated finishes what a crash left undone", async () => {
  await using fixture = await worldWithAgent();
  await fixture.agents.setStatus(AGENT_A, "revoked");
  const job = await aClaimedJob(fixture.world);

  await revokeAgent(fixture.deps, { agent: AGENT_A });

  expect(await fixture.deps.jobs.find(job.id)).toMatchObject({ state: "queued" });
});

test("revokeAgent() and trustAgent() refuse an agent that does not exist", async () => {
  await using fixture = await worldWithAgent();

  await expect(revokeAgent(fixture.deps, { agent: AGENT_B })).rejects.toThrow(`No agent ${AGENT_B}`);
  await expect(trustAgent(fixture.deps, { agent: AGENT_B })).rejects.toThrow(`No agent ${AGENT_B}`);
});

test("trustAgent() ends a probation", async () => {
  await using fixture = await worldWithAgent();

  expect(await trustAgent(fixture.deps, { agent: AGENT_A })).toMatchObject({ status: "trusted" });
});
