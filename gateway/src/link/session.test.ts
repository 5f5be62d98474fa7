import { CLOSE_CODES, type JobRef, type Offer } from "@modfleet/protocol";
import { expect, test, vi } from "vitest";
import type { z } from "zod";
import { type LinkServerOptions, linkServer } from "../../test/link-server.ts";
import { codeOfRefusal } from "../../test/wire-agent.ts";

const job = "job_00000000000000000001";
const ref: JobRef = { job, epoch: 1 };

function anOffer(epoch = 1): z.infer<typeof Offer> {
  return {
    type: "offer",
    job,
    epoch,
    source: { kind: "workshop", app: 1, item: "1" },
    maxBytes: 1,
    deadlineMs: 1,
    uploadToken: "t",
  };
}

/** A gateway with one agent that said it has two free slots. */
async function withReadyAgent(options: LinkServerOptions = {}) {
  const gateway = await linkServer(options);
  const agent = await gateway.connect();
  agent.ready(2);
  await vi.waitFor(() => expect(freeSlots(gateway)).toBe(2));
  return { gateway, agent };
}

const freeSlots = (gateway: Awaited<ReturnType<typeof linkServer>>) => gateway.link.fleet.connected()[0]?.freeSlots;

test("Session closes the older of two sockets with one key as superseded and keeps the newer", async () => {
  await using gateway = await linkServer();
  const { id, key } = await gateway.enrol();
  const older = await gateway.connect({ id, key });

  await using newer = await gateway.connect({ id, key });

  expect(await older.closed).toEqual({ code: CLOSE_CODES.superseded.code, reason: "superseded" });
  expect(gateway.link.fleet.connected()).toHaveLength(1);
  expect(gateway.link.fleet.tell(id, { type: "drain", deadlineMs: 1 })).toBe(true);
  expect(await newer.next("drain")).toEqual({ type: "drain", deadlineMs: 1 });
});

test("Session closes with silent after 45 seconds without a frame and not before", async () => {
  await using gateway = await linkServer();
  const agent = await gateway.connect();

  await gateway.tick(44_000);
  expect(gateway.link.fleet.connected()).toHaveLength(1);
  await gateway.tick(1_000);

  expect(gateway.link.fleet.connected()).toHaveLength(0);
  expect(await agent.closed).toMatchObject({ code: CLOSE_CODES.silent.code });
});

test("Session stays while any frame arrives, a beat or an unknown one", async () => {
  await using gateway = await linkServer();
  await using agent = await gateway.connect();

  await gateway.tick(40_000);
  agent.say({ type: "beat", leases: [], freeBytes: 7 });
  await agent.next("beaten");
  await gateway.tick(40_000);

  expect(gateway.link.fleet.connected()).toMatchObject([{ agent: agent.id, freeBytes: 7 }]);
});

test("Session closes with revoked when the agent's row says so, whoever wrote it", async () => {
  await using gateway = await linkServer();
  const agent = await gateway.connect();

  await gateway.agents.setStatus(agent.id, "revoked");
  await gateway.tick(5_000);

  expect(await agent.closed).toMatchObject({ code: CLOSE_CODES.revoked.code });
});

test("Session gives an agent on probation one slot and more as soon as it is trusted", async () => {
  await using gateway = await linkServer();
  const { id, key } = await gateway.enrol({ status: "probation" });
  await using agent = await gateway.connect({ id, key, slots: 4 });
  agent.ready(4);
  await vi.waitFor(() => expect(gateway.link.fleet.connected()).toMatchObject([{ freeSlots: 1, slots: 1 }]));

  await gateway.agents.setStatus(id, "trusted");
  await gateway.tick(5_000);
  agent.ready(4);

  expect((await agent.next("policy")).policy.slots).toBe(16);
  await vi.waitFor(() => expect(gateway.link.fleet.connected()).toMatchObject([{ freeSlots: 4, slots: 4 }]));
});

test("Session notes in the row when it last heard the agent", async () => {
  await using gateway = await linkServer();
  await using agent = await gateway.connect();

  await gateway.tick(30_000);

  expect((await gateway.agents.find(agent.id))?.lastSeenAt).toBe(1_030_000);
});

test("Session offers no more than the free slots", async () => {
  const { gateway, agent } = await withReadyAgent();
  await using _gateway = gateway;

  const told = [1, 2, 3].map((epoch) => gateway.link.fleet.tell(agent.id, anOffer(epoch)));

  expect(told).toEqual([true, true, false]);
  expect(freeSlots(gateway)).toBe(0);
});

test("Session rings for dispatch when slots come free", async () => {
  await using gateway = await linkServer();
  const rings = vi.fn<() => void>();
  gateway.bells.dispatch.listen(rings);
  await using agent = await gateway.connect();

  agent.ready(1);

  await vi.waitFor(() => expect(rings).toHaveBeenCalledTimes(1));
});

test("Session offers nothing to an agent that is draining", async () => {
  const { gateway, agent } = await withReadyAgent();
  await using _gateway = gateway;

  agent.say({ type: "draining" });
  await vi.waitFor(() => expect(gateway.link.fleet.connected()).toMatchObject([{ draining: true, freeSlots: 0 }]));

  expect(gateway.link.fleet.tell(agent.id, anOffer())).toBe(false);
});

test("Session says lost to an accept that came too late", async () => {
  await using gateway = await linkServer({ actions: { accept: async () => false } });
  await using agent = await gateway.connect();

  agent.say({ type: "accept", ...ref });

  expect(await agent.next("lost")).toEqual({ type: "lost", ...ref, why: "stale" });
});

test("Session answers a beat with the leases to stop", async () => {
  await using gateway = await linkServer({ actions: { beat: async () => [ref] } });
  await using agent = await gateway.connect();

  agent.say({ type: "beat", leases: [{ ...ref, stage: "packing", bytes: 0, total: null }], freeBytes: 1 });

  expect(await agent.next("beaten")).toEqual({ type: "beaten", revoked: [ref] });
});

test("Session handles the messages of one socket in their order, one at a time", async () => {
  const seen: string[] = [];
  const beat = Promise.withResolvers<[]>();
  await using gateway = await linkServer({
    actions: {
      beat: () => {
        seen.push("beat");
        return beat.promise;
      },
      accept: async () => {
        seen.push("accept");
        return true;
      },
    },
  });
  await using agent = await gateway.connect();
  agent.say({ type: "beat", leases: [], freeBytes: 1 });
  agent.say({ type: "accept", ...ref });
  await vi.waitFor(() => expect(seen).toEqual(["beat"]));

  beat.resolve([]);

  await vi.waitFor(() => expect(seen).toEqual(["beat", "accept"]));
});

test("Session survives a rule that throws and goes on with the next message", async () => {
  await using gateway = await linkServer({
    actions: {
      accept: async () => {
        throw new Error("broken");
      },
    },
  });
  await using agent = await gateway.connect();

  agent.say({ type: "accept", ...ref });
  agent.say({ type: "beat", leases: [], freeBytes: 1 });

  expect(await agent.next("beaten")).toEqual({ type: "beaten", revoked: [] });
});

test("Session sends an agent away for a moment when its result could not be recorded, so that it is said again", async () => {
  const failing = async (): Promise<never> => {
    throw new Error("database is locked");
  };
  await using gateway = await linkServer({ actions: { fail: failing } });
  await using agent = await gateway.connect();

  agent.say({ type: "failed", ...ref, failure: { code: "disk_full", detail: "" } });

  expect(await agent.closed).toEqual({ code: CLOSE_CODES.restarting.code, reason: "5000" });
});

test("Session sends an agent away for a moment when its jobs cannot be looked up", async () => {
  const failing = async (): Promise<never> => {
    throw new Error("database is locked");
  };
  await using gateway = await linkServer({ actions: { hold: failing } });

  expect(await codeOfRefusal(gateway.connect())).toBe(CLOSE_CODES.restarting.code);
  expect(gateway.link.fleet.connected()).toEqual([]);
});

test("Session ignores a second hello and answers a repeated message again", async () => {
  await using gateway = await linkServer();
  const hellos: object[] = [];
  const agent = await gateway.connect({
    tamper: (hello) => {
      hellos.push(hello);
      return hello;
    },
  });
  const failed = { type: "failed", ...ref, failure: { code: "disk_full", detail: "" } } as const;

  agent.send(JSON.stringify(hellos[0]));
  agent.say(failed);
  agent.say(failed);

  expect([await agent.next("settled"), await agent.next("settled")]).toHaveLength(2);
  expect(gateway.link.fleet.connected()).toHaveLength(1);
});

test("Session closes with slow_consumer when an agent talks faster than it can be answered", async () => {
  await using gateway = await linkServer({ actions: { beat: () => Promise.withResolvers<[]>().promise } });
  await using agent = await gateway.connect();

  for (let i = 0; i < 130; i += 1) agent.say({ type: "beat", leases: [], freeBytes: 1 });

  expect(await agent.closed).toMatchObject({ code: CLOSE_CODES.slow_consumer.code });
});

test("Session never lets a broken line leave the agent connected", async () => {
  await using gateway = await linkServer();
  const agent = await gateway.connect();

  agent.vanish();

  await vi.waitFor(() => expect(gateway.link.fleet.connected()).toEqual([]));
  expect(gateway.link.fleet.tell(agent.id, { type: "drain", deadlineMs: 1 })).toBe(false);
});
