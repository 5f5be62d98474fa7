import { CLOSE_CODES } from "@modfleet/protocol";
import { expect, test, vi } from "vitest";
import { linkServer } from "../../test/link-server.ts";
import { openWire } from "../../test/wire-agent.ts";

test("createFleet() lists connected agents as the dispatcher needs them", async () => {
  await using gateway = await linkServer();
  await using agent = await gateway.connect({ engines: ["http", "http", "torrent"], slots: 3, freeBytes: 5 });

  expect(gateway.link.fleet.connected()).toEqual([
    {
      agent: agent.id,
      name: "wire",
      network: "127.0.0.1",
      engines: ["http", "torrent"],
      freeSlots: 0,
      slots: 3,
      freeBytes: 5,
      draining: false,
      connectedAt: 1_000_000,
    },
  ]);
});

test("createFleet() knows the network of an agent behind the operator's proxy", async () => {
  await using gateway = await linkServer();
  await using _agent = await gateway.connect({ headers: { "x-forwarded-for": "1.2.3.4, 2001:db8:1:2::9" } });

  expect(gateway.link.fleet.connected()).toMatchObject([{ network: "2001:db8:1:2::/64" }]);
});

test("createFleet() tells nothing to an agent that is not connected", async () => {
  await using gateway = await linkServer();

  expect(gateway.link.fleet.tell("agt_00000000000000000000", { type: "drain", deadlineMs: 1 })).toBe(false);
});

test("createFleet() closes with revoked the line of an agent it is told to disconnect", async () => {
  await using gateway = await linkServer();
  const agent = await gateway.connect();

  gateway.link.fleet.disconnect(agent.id, "revoked");

  expect(await agent.closed).toEqual({ code: CLOSE_CODES.revoked.code, reason: "revoked" });
  expect(gateway.link.fleet.connected()).toEqual([]);
});

test("createFleet() sends everybody away with a wait of their own within ten seconds", async () => {
  let draws = 0;
  const random = () => {
    draws += 1;
    return draws / 4;
  };
  await using gateway = await linkServer({ random });
  const agents = [await gateway.connect(), await gateway.connect(), openWire(gateway.url)];
  await agents[2]?.next("challenge");

  gateway.link.fleet.closeAll();
  const closed = await Promise.all(agents.map((agent) => agent.closed));

  expect(closed.map(({ code }) => code)).toEqual(Array(3).fill(CLOSE_CODES.restarting.code));
  expect(closed.map(({ reason }) => reason).toSorted()).toEqual(["2500", "5000", "7500"]);
});

test("createFleet() remembers when an agent with an engine was last connected", async () => {
  await using gateway = await linkServer();
  const { fleet } = gateway.link;
  const agent = await gateway.connect({ engines: ["http"] });

  await gateway.tick(20_000);
  expect([fleet.lastCapableAt("http"), fleet.lastCapableAt("torrent")]).toEqual([1_020_000, null]);
  agent.vanish();
  await vi.waitFor(() => expect(fleet.connected()).toEqual([]));
  await gateway.tick(60_000);

  expect(fleet.lastCapableAt("http")).toBe(1_020_000);
});

test("createFleet() calls nobody silent when this process was held up", async () => {
  await using gateway = await linkServer();
  await using _agent = await gateway.connect();

  await gateway.leap(3_600_000);
  expect(gateway.link.fleet.connected()).toHaveLength(1);
  await gateway.tick(45_000);

  expect(gateway.link.fleet.connected()).toHaveLength(0);
});

test("createFleet() calls nobody silent for a clock that was set back", async () => {
  await using gateway = await linkServer();
  const agent = await gateway.connect();

  await gateway.leap(-500_000);
  await gateway.tick(44_000);
  expect(gateway.link.fleet.connected()).toHaveLength(1);
  await gateway.tick(1_000);

  expect(await agent.closed).toMatchObject({ code: CLOSE_CODES.silent.code });
});

test("createFleet() notes an agent that was here only for a moment", async () => {
  await using gateway = await linkServer();
  const agent = await gateway.connect();
  await agent.close();
  await vi.waitFor(() => expect(gateway.link.fleet.connected()).toEqual([]));

  await gateway.tick(30_000);

  expect((await gateway.agents.find(agent.id))?.lastSeenAt).toBe(1_030_000);
  expect(await gateway.agents.anySeenSince(1_030_000, "workshop")).toBe(true);
  expect(await gateway.agents.anySeenSince(1_030_000, "http")).toBe(false);
});
