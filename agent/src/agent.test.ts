import { existsSync, readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { eventually } from "../test/eventually.ts";
import { fakeEngine } from "../test/fake-engine.ts";
import { fakeGateway } from "../test/fake-gateway.ts";
import { anOffer, NO_LIMITS, PACKED, testAgent } from "../test/harness.ts";
import { tempFolder } from "../test/temp-folder.ts";
import { refOf } from "../test/work-bench.ts";
import type { AgentOptions } from "./agent.ts";
import type { Beside } from "./engine/engine.ts";

/** A connected agent whose downloads wait for the test. */
async function working(given: Partial<AgentOptions> = {}) {
  const folder = await tempFolder();
  const gateway = await fakeGateway();
  const engine = fakeEngine();
  const agent = await testAgent({ at: gateway, dataFolder: folder.path, engines: [engine], ...given });
  await eventually(() => expect(gateway.heardOf("ready")).toHaveLength(1));
  const dispose = async (): Promise<void> => {
    await agent[Symbol.asyncDispose]();
    await gateway[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  };
  const scratch = (): string[] => (existsSync(folder.at("scratch")) ? readdirSync(folder.at("scratch")) : []);
  return { folder, gateway, engine, agent, scratch, [Symbol.asyncDispose]: dispose };
}

const offer = anOffer();
const ref = refOf(offer);

async function downloading(given: Partial<AgentOptions> = {}) {
  const world = await working(given);
  world.gateway.say(offer);
  await eventually(() => expect(world.engine.fetched).toHaveLength(1));
  return world;
}

describe("startAgent()", () => {
  test("startAgent() takes an offer and reports what it delivered until it is settled", async () => {
    await using world = await downloading();

    world.engine.release();

    await eventually(() => expect(world.gateway.heardOf("finished")).toHaveLength(1));
    const { kind: _, entries: __, ...packed } = PACKED;
    expect(world.gateway.heardOf("accept")).toEqual([{ type: "accept", ...ref }]);
    expect(world.gateway.heardOf("finished")[0]).toMatchObject({ ...ref, ...packed, fetched: { manifest: "42" } });
    world.gateway.say({ type: "settled", ...ref });
    await eventually(() => expect(world.gateway.heardOf("ready").at(-1)).toMatchObject({ slots: 2 }));
    await eventually(() => expect(world.scratch()).toEqual([]));
  });

  test("startAgent() lets its engines go on beside jobs, within the volunteer's limits and counted as theirs", async () => {
    const besides: Beside[] = [];
    const engine = { ...fakeEngine(), start: (beside: Beside) => void besides.push(beside) };
    let freeBytes = 10;
    const limits = { ...NO_LIMITS, monthBytesMax: 100, freeBytesMin: 10 };
    await using world = await working({ engines: [engine], limits, freeBytes: () => freeBytes });
    const looks = () => besides.map((beside) => [beside.mayMove(), beside.isShortOfRoom()]);
    expect(looks()).toEqual([[true, false]]);

    besides[0]?.onMoved(100);
    freeBytes = 9;

    expect(looks()).toEqual([[false, true]]);
    expect(world.agent.status().work).toMatchObject({ monthBytes: 100 });
  });

  test("startAgent() beats with the progress of what it does", async () => {
    await using world = await downloading();

    await eventually(() =>
      expect(world.gateway.heardOf("beat").at(-1)?.leases).toEqual([
        { ...ref, stage: "downloading", bytes: 6, total: 12 },
      ]),
    );
  });

  test("startAgent() says finished again in the next session until it is answered", async () => {
    await using world = await downloading();
    world.engine.release();
    await eventually(() => expect(world.gateway.heardOf("finished")).toHaveLength(1));

    world.gateway.cut();

    await eventually(() => expect(world.gateway.heardOf("finished")).toHaveLength(2));
    expect(world.gateway.heardOf("hello")[1]?.held).toMatchObject([{ ...ref, stage: "uploading", bytes: 4 }]);
    expect(world.engine.fetched).toHaveLength(1);
  });

  test("startAgent() lets a download go on while the line is cut", async () => {
    await using world = await downloading();

    world.gateway.cut();
    await eventually(() => expect(world.gateway.heardOf("hello")).toHaveLength(2));
    world.engine.release();

    await eventually(() => expect(world.gateway.heardOf("finished")).toHaveLength(1));
    expect(world.engine.fetched).toHaveLength(1);
  });

  test("startAgent() changes nothing for duplicates and old messages", async () => {
    await using world = await downloading();

    world.gateway.say(offer);
    world.gateway.say({ type: "settled", job: ref.job, epoch: 9 });
    world.gateway.say({ type: "beaten", revoked: [{ job: ref.job, epoch: 9 }] });
    world.engine.release();

    await eventually(() => expect(world.gateway.heardOf("finished")).toHaveLength(1));
    expect(world.gateway.heardOf("accept")).toHaveLength(1);
    expect(world.engine.fetched).toHaveLength(1);
  });

  test.each(["cancel", "revoke"] as const)("startAgent() stops its work on %s and removes its folder", async (how) => {
    await using world = await downloading();

    world.gateway.say(how === "cancel" ? { type: "cancel", ...ref } : { type: "beaten", revoked: [ref] });

    await eventually(() => expect(world.engine.fetched[0]?.outcome).toBe("cancelled"));
    await eventually(() => expect(world.scratch()).toEqual([]));
    expect(world.gateway.heardOf("failed")).toEqual([]);
  });

  test("startAgent() reports a failure and hands the same folder to its next try", async () => {
    await using world = await downloading();
    world.engine.release({ kind: "failed", failure: { code: "steam_timeout", detail: "" } });
    await eventually(() =>
      expect(world.gateway.heardOf("failed")).toMatchObject([{ failure: { code: "steam_timeout" } }]),
    );

    world.gateway.say({ type: "settled", ...ref });
    await eventually(() => expect(world.scratch()).toHaveLength(1));
    world.gateway.say({ ...offer, epoch: 2 });

    await eventually(() => expect(world.engine.fetched).toHaveLength(2));
    expect(world.scratch()).toEqual([`${ref.job}-2`]);
  });

  test("startAgent() counts the month's bytes and closes when they are used up", async () => {
    await using world = await downloading({ limits: { ...NO_LIMITS, monthBytesMax: 4 } });
    world.engine.release();
    await eventually(() => expect(world.gateway.heardOf("finished")).toHaveLength(1));

    world.gateway.say({ type: "settled", ...ref });

    await eventually(() => expect(world.gateway.heardOf("ready").at(-1)).toMatchObject({ slots: 0 }));
    expect(world.agent.status().work).toMatchObject({ monthBytes: 4, closed: "month_limit" });
  });
});

describe("drain()", () => {
  test("drain() finishes what it holds, takes no more, and stops", async () => {
    await using world = await downloading();

    world.agent.drain(60_000);
    await eventually(() => expect(world.gateway.heardOf("draining")).toHaveLength(1));
    const other = anOffer();
    world.gateway.say(other);
    world.engine.release();

    await eventually(() => expect(world.gateway.heardOf("finished")).toHaveLength(1));
    expect(world.gateway.heardOf("decline")).toMatchObject([{ ...refOf(other), reason: "draining" }]);
    world.gateway.say({ type: "settled", ...ref });
    expect(await world.agent.ended).toMatchObject({ reason: "stopped" });
  });

  test("drain() hands back what is not done in time", async () => {
    await using world = await downloading();

    world.agent.drain(60_000);
    world.agent.drain(0);

    await eventually(() =>
      expect(world.gateway.heardOf("failed")).toMatchObject([{ ...ref, failure: { code: "draining" } }]),
    );
    expect(world.engine.fetched[0]?.outcome).toBe("cancelled");
    world.gateway.say({ type: "settled", ...ref });
    expect((await world.agent.ended).reason).toBe("stopped");
  });

  test("drain() stops at once when there is nothing to do", async () => {
    await using world = await working();

    world.agent.drain(60_000);

    expect((await world.agent.ended).reason).toBe("stopped");
  });

  test("drain() does not wait for ever for a gateway that does not answer", async () => {
    await using world = await downloading();
    world.gateway.vanish();

    world.agent.drain(0, 50);

    expect((await world.agent.ended).reason).toBe("stopped");
    expect(world.engine.fetched[0]?.outcome).toBe("cancelled");
  });

  test("drain() also begins with a word of the gateway", async () => {
    await using world = await working();

    world.gateway.say({ type: "drain", deadlineMs: 1_000 });

    expect((await world.agent.ended).reason).toBe("stopped");
  });
});
