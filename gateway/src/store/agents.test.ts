import { expect, test } from "vitest";
import { testDatabase } from "../../test/database.ts";
import type { Agent } from "../domain/agent.ts";
import { type AgentStore, createAgentStore } from "./agents.ts";

const HASH = "0".repeat(64);

function anAgent(n: number, changes: Partial<Agent> = {}): Agent {
  return {
    id: `agt_${String(n).padStart(20, "0")}`,
    name: `agent ${n}`,
    publicKey: String(n).padStart(43, "A"),
    status: "trusted",
    enrolledAt: 1_000 + n,
    lastSeenAt: null,
    ...changes,
  };
}

/** An empty table that is closed by the end of the test. */
async function aStore(): Promise<{ agents: AgentStore } & AsyncDisposable> {
  const database = await testDatabase();
  return { agents: createAgentStore(database), [Symbol.asyncDispose]: () => database.close() };
}

test("createAgentStore() finds an agent by id and by key, as it was inserted", async () => {
  await using store = await aStore();
  const { agents } = store;
  await agents.insert(anAgent(1));

  expect(await agents.find(anAgent(1).id)).toEqual(anAgent(1));
  expect(await agents.findByKey(anAgent(1).publicKey)).toEqual(anAgent(1));
  expect([await agents.find(anAgent(2).id), await agents.findByKey("x")]).toEqual([null, null]);
});

test("createAgentStore() lists agents oldest first", async () => {
  await using store = await aStore();
  const { agents } = store;
  for (const n of [2, 3, 1]) await agents.insert(anAgent(n));

  expect((await agents.list()).map(({ name }) => name)).toEqual(["agent 1", "agent 2", "agent 3"]);
});

test("createAgentStore().insert() refuses a key that is enrolled", async () => {
  await using store = await aStore();
  const { agents } = store;
  await agents.insert(anAgent(1));

  expect(await agents.insert(anAgent(2, { publicKey: anAgent(1).publicKey }))).toBeNull();
  expect(await agents.list()).toHaveLength(1);
});

test("createAgentStore().insertInvited() lets exactly as many agents in as the invitation has uses", async () => {
  await using store = await aStore();
  const { agents } = store;
  await agents.addInvite({ hash: HASH, uses: 3, createdAt: 0, expiresAt: 1e6 });

  const enrolled = await Promise.all(Array.from({ length: 50 }, (_, n) => agents.insertInvited(anAgent(n), HASH)));

  expect(enrolled.filter((agent) => agent !== null)).toHaveLength(3);
  expect(await agents.list()).toHaveLength(3);
});

test("createAgentStore().insertInvited() takes no use for a key that is enrolled", async () => {
  await using store = await aStore();
  const { agents } = store;
  await agents.insert(anAgent(1));
  await agents.addInvite({ hash: HASH, uses: 1, createdAt: 0, expiresAt: 1e6 });

  expect(await agents.insertInvited(anAgent(2, { publicKey: anAgent(1).publicKey }), HASH)).toBeNull();
  expect(await agents.insertInvited(anAgent(3), HASH)).toEqual(anAgent(3));
});

test("createAgentStore().insertInvited() refuses an unknown invitation and one that is too old", async () => {
  await using store = await aStore();
  const { agents } = store;
  await agents.addInvite({ hash: HASH, uses: 1, createdAt: 0, expiresAt: 2_000 });

  expect(await agents.insertInvited(anAgent(1), "1".repeat(64))).toBeNull();
  expect(await agents.insertInvited(anAgent(1, { enrolledAt: 2_000 }), HASH)).toBeNull();
  expect(await agents.insertInvited(anAgent(1, { enrolledAt: 1_999 }), HASH)).not.toBeNull();
});

test("createAgentStore().setStatus() answers with the agent as it is then", async () => {
  await using store = await aStore();
  const { agents } = store;
  await agents.insert(anAgent(1));

  expect(await agents.setStatus(anAgent(1).id, "revoked")).toEqual(anAgent(1, { status: "revoked" }));
  expect(await agents.setStatus(anAgent(2).id, "revoked")).toBeNull();
});

test("createAgentStore().statuses() leaves out agents that do not exist", async () => {
  await using store = await aStore();
  const { agents } = store;
  await agents.insert(anAgent(1, { status: "probation" }));

  expect(await agents.statuses([anAgent(1).id, anAgent(2).id])).toEqual([{ id: anAgent(1).id, status: "probation" }]);
});

test("createAgentStore().anySeenSince() counts agents that may work", async () => {
  await using store = await aStore();
  const { agents } = store;
  await agents.insert(anAgent(1));
  await agents.insert(anAgent(2, { status: "revoked" }));
  const engines = ["workshop", "http"] as const;
  await agents.touch([{ agent: anAgent(1).id, engines }], 5_000);
  await agents.touch([{ agent: anAgent(2).id, engines }], 9_000);

  expect(await Promise.all([5_000, 5_001].map((time) => agents.anySeenSince(time, "http")))).toEqual([true, false]);
  expect(await agents.anySeenSince(0, "torrent")).toBe(false);
});
