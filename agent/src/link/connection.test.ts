import { describe, expect, test } from "vitest";
import { eventually } from "../../test/eventually.ts";
import { fakeEngine } from "../../test/fake-engine.ts";
import { fakeGateway } from "../../test/fake-gateway.ts";
import { anOffer, QUICK, testAgent } from "../../test/harness.ts";
import { tempFolder } from "../../test/temp-folder.ts";

async function connected({ timing = QUICK } = {}) {
  const folder = await tempFolder();
  const gateway = await fakeGateway();
  const agent = await testAgent({ at: gateway, dataFolder: folder.path, engines: [fakeEngine()], timing });
  const hellos = (): number => gateway.heardOf("hello").length;
  await eventually(() => expect(gateway.heardOf("ready")).toHaveLength(1));
  const dispose = async (): Promise<void> => {
    await agent[Symbol.asyncDispose]();
    await gateway[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  };
  return { folder, gateway, agent, hellos, [Symbol.asyncDispose]: dispose };
}

describe("runSession()", () => {
  test("runSession() signs a hello that node:crypto verifies", async () => {
    await using world = await connected();

    expect(world.gateway.refused).toEqual([]);
    expect(world.hellos()).toBe(1);
    expect(world.agent.status()).toMatchObject({ state: "connected", agent: world.gateway.heardOf("hello")[0]?.agent });
  });

  test("runSession() notices a half-open line and comes back", async () => {
    await using world = await connected({ timing: { ...QUICK, gatewaySilentMs: 200 } });

    world.gateway.vanish();

    await eventually(() => expect(world.hellos()).toBeGreaterThan(1));
    expect(world.agent.status().lastEnd?.reason).toBe("gateway_silent");
  });

  test("runSession() comes back after a cut", async () => {
    await using world = await connected();

    world.gateway.cut();

    await eventually(() => expect(world.hellos()).toBe(2));
    expect(world.agent.status().lastEnd?.reason).toBe("connection_lost");
  });

  test("runSession() comes back to a gateway that restarts", async () => {
    await using world = await connected();

    world.gateway.hangUp("restarting", "5");

    await eventually(() => expect(world.hellos()).toBe(2));
    expect(world.agent.status().lastEnd?.reason).toBe("restarting");
  });

  test("runSession() does not come back once a newer socket took over", async () => {
    await using world = await connected();

    world.gateway.hangUp("superseded");

    expect(await world.agent.ended).toMatchObject({ reason: "superseded", comeBackMs: null });
    expect(world.hellos()).toBe(1);
    expect(world.agent.status().state).toBe("stopped");
  });

  test("runSession() answers a type it does not know, and stays", async () => {
    await using world = await connected();

    world.gateway.sayRaw('{"type":"sing","song":"la"}');

    await eventually(() =>
      expect(world.gateway.heardOf("unsupported")).toEqual([{ type: "unsupported", what: "sing" }]),
    );
    expect(world.hellos()).toBe(1);
  });

  test("runSession() ignores a malformed message of a known type", async () => {
    await using world = await connected();

    world.gateway.sayRaw('{"type":"offer","job":7}');
    world.gateway.say(anOffer());

    await eventually(() => expect(world.gateway.heardOf("accept")).toHaveLength(1));
    expect(world.hellos()).toBe(1);
  });

  test.each([
    ["no JSON", "{"],
    ["binary", Buffer.from("{}")],
    ["too large", `{"type":"settled","x":"${"x".repeat(70_000)}"}`],
  ])("runSession() leaves a gateway that says junk: %s", async (_, frame) => {
    await using world = await connected();

    world.gateway.sayRaw(frame);

    await eventually(() => expect(world.agent.status().lastEnd).not.toBeNull());
    expect(["bad_frame", "connection_lost"]).toContain(world.agent.status().lastEnd?.reason);
  });

  test("runSession() beats again and again and renews nothing it does not hold", async () => {
    await using world = await connected();

    await eventually(() => expect(world.gateway.heardOf("beat").length).toBeGreaterThan(2));
    expect(world.gateway.heardOf("beat").every(({ leases }) => leases.length === 0)).toBe(true);
  });
});
