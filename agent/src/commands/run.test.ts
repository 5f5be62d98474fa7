import { describe, expect, test } from "vitest";
import { eventually } from "../../test/eventually.ts";
import { fakeEngine } from "../../test/fake-engine.ts";
import { fakeGateway } from "../../test/fake-gateway.ts";
import { anOffer } from "../../test/harness.ts";
import { tempFolder } from "../../test/temp-folder.ts";
import { testContext } from "../../test/test-context.ts";
import { refOf } from "../../test/work-bench.ts";
import { runCommandLine } from "../cli.ts";
import type { Engine } from "../engine/engine.ts";
import type { CommandContext, StopSignal } from "./context.ts";
import { CLOSE_ENGINES_MS } from "./run.ts";

const SURFACE = /^modfleet agent local surface on (http:\/\/127\.0\.0\.1:\d+)\n$/;

type Given = { argv?: string[]; given?: Partial<CommandContext>; more?: Record<string, string> };

async function running({ argv = ["run"], given = {}, more = {} }: Given = {}) {
  const folder = await tempFolder();
  const gateway = await fakeGateway();
  const engine = fakeEngine();
  const env = { MODFLEET_GATEWAY: gateway.url, MODFLEET_AGENT_DATA: folder.path, ...more };
  let passedMs = 0;
  const now = (): number => Date.now() + passedMs;
  const context = testContext(env, { createEngines: () => [engine], now, ...given });
  /** A while after the one before. */
  const signal = (name: StopSignal): void => {
    passedMs += 1_000;
    context.signal(name);
  };
  const ended = runCommandLine(argv, context);
  await eventually(() => expect(gateway.heardOf("ready")).toHaveLength(1));
  const dispose = async (): Promise<void> => {
    signal("SIGTERM");
    signal("SIGTERM");
    await ended;
    await gateway[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  };
  const url = (): string => SURFACE.exec(context.said())?.[1] ?? "";
  return { folder, gateway, engine, context, signal, ended, env, url, [Symbol.asyncDispose]: dispose };
}

describe("run", () => {
  test("run says where its local surface is, in one line, and works without a command too", async () => {
    await using world = await running({ argv: [] });

    expect(world.context.said()).toMatch(SURFACE);
    expect(await (await fetch(`${world.url()}/api/status`)).json()).toMatchObject({ state: "connected", name: "box" });
  });

  test("run stops with 0 after a signal when there is nothing to do", async () => {
    await using world = await running();

    world.context.signal("SIGTERM");

    expect(await world.ended).toBe(0);
    expect(world.gateway.heardOf("draining")).toHaveLength(1);
  });

  test("run finishes after the first signal, hands back after the second, exits at the third", async () => {
    await using world = await running();
    const offer = anOffer();
    world.gateway.say(offer);
    await eventually(() => expect(world.engine.fetched).toHaveLength(1));

    world.signal("SIGTERM");
    await eventually(() => expect(world.gateway.heardOf("draining")).toHaveLength(1));
    expect(world.gateway.heardOf("failed")).toEqual([]);
    world.signal("SIGTERM");
    await eventually(() => expect(world.gateway.heardOf("failed")).toMatchObject([{ failure: { code: "draining" } }]));
    world.signal("SIGTERM");
    expect(world.context.exits).toEqual([1]);
    world.gateway.say({ type: "settled", ...refOf(offer) });

    expect(await world.ended).toBe(0);
  });

  test("run closes its engines when the agent has ended", async () => {
    const closed: string[] = [];
    const engine = { ...fakeEngine(), close: async () => void closed.push("engine") };
    await using world = await running({ given: { createEngines: () => [engine] } });

    world.context.signal("SIGTERM");

    expect(await world.ended).toBe(0);
    expect(closed).toEqual(["engine"]);
    expect(world.context.exits).toEqual([]);
  });

  test("run ends with 0 although an engine does not close", async () => {
    const { sleep: sleepOn } = testContext({});
    const engine = { ...fakeEngine(), close: () => new Promise<void>(() => undefined) };
    const sleep = async (ms: number, signal: AbortSignal) =>
      ms === CLOSE_ENGINES_MS ? undefined : sleepOn(ms, signal);
    await using world = await running({ given: { createEngines: () => [engine], sleep } });

    world.context.signal("SIGTERM");

    expect(await world.ended).toBe(0);
    expect(world.context.exits).toEqual([0]);
  });

  test.each<StopSignal>(["SIGTERM", "SIGINT"])(
    "run takes a Ctrl-C that its parent passes on as %s for one signal",
    async (passedOn) => {
      let at = Date.now();
      await using world = await running({ given: { now: () => at } });
      const offer = anOffer();
      world.gateway.say(offer);
      await eventually(() => expect(world.engine.fetched).toHaveLength(1));

      world.context.signal("SIGINT");
      at += 250;
      world.context.signal(passedOn);

      await eventually(() => expect(world.gateway.heardOf("beat").length).toBeGreaterThan(2));
      expect(world.gateway.heardOf("failed")).toEqual([]);
      world.engine.release();
      await eventually(() => expect(world.gateway.heardOf("finished")).toHaveLength(1));
      world.gateway.say({ type: "settled", ...refOf(offer) });
      expect(await world.ended).toBe(0);
    },
  );

  test("run ends with 0 and has begun nothing when a signal comes before it is ready", async () => {
    await using folder = await tempFolder();
    await using gateway = await fakeGateway();
    const engine = fakeEngine();
    const started: string[] = [];
    const createEngines = (): Engine[] => {
      context.signal("SIGTERM");
      return [{ ...engine, start: () => void started.push("engine") }];
    };
    const env = { MODFLEET_GATEWAY: gateway.url, MODFLEET_AGENT_DATA: folder.path };
    const context = testContext(env, { createEngines });

    expect(await runCommandLine(["run"], context)).toBe(0);

    expect([started, gateway.heard, context.said()]).toEqual([[], [], ""]);
    expect(context.exits).toEqual([]);
  });

  test.each([
    ["with --stop-with-parent", { argv: ["run", "--stop-with-parent"] }],
    ["under npm", { more: { npm_lifecycle_event: "agent" } }],
  ])("run %s stops when its parent is gone", async (_how, how) => {
    let parent = 100;
    await using world = await running({ ...how, given: { parentId: () => parent, sleep: testContext({}).sleep } });

    parent = 1;

    expect(await world.ended).toBe(0);
  });

  test("run ends with 1 and says what to do when another agent took over its key", async () => {
    await using world = await running();

    world.gateway.hangUp("superseded");

    expect(await world.ended).toBe(1);
    expect(world.context.complained()).toMatch(/^Another agent with the same key took over; .*\n$/);
  });

  test("run refuses a data folder on which an agent works already", async () => {
    await using world = await running();
    const second = testContext(world.env);

    expect(await runCommandLine(["run"], second)).toBe(1);
    expect(second.complained()).toContain("Another agent works on");
  });

  test("run refuses a taken port with a hint", async () => {
    await using world = await running();
    await using folder = await tempFolder();
    const port = new URL(world.url()).port;
    const second = testContext({ ...world.env, MODFLEET_AGENT_DATA: folder.path, MODFLEET_LOCAL_PORT: port });

    expect(await runCommandLine(["run"], second)).toBe(1);
    expect(second.complained()).toMatch(/choose another with MODFLEET_LOCAL_PORT/);
    expect(second.complained().trim().split("\n")).toHaveLength(1);
  });

  test("run ends with 1 and one line when its key is damaged", async () => {
    await using folder = await tempFolder();
    await folder.write({ "agent-key.pem": "-----BEGIN" });
    const context = testContext({ MODFLEET_GATEWAY: "http://127.0.0.1:9", MODFLEET_AGENT_DATA: folder.path });

    expect(await runCommandLine(["run"], context)).toBe(1);
    expect(context.complained()).toMatch(
      /^Modfleet's agent failed, .*move it away to get a new one: .*agent-key.pem\n$/,
    );
  });

  test("run keeps its local surface while the gateway is out of reach", async () => {
    await using folder = await tempFolder();
    const context = testContext({ MODFLEET_GATEWAY: "http://127.0.0.1:9", MODFLEET_AGENT_DATA: folder.path });
    const ended = runCommandLine(["run"], context);
    await eventually(() => expect(context.said()).toMatch(SURFACE));
    const url = SURFACE.exec(context.said())?.[1] ?? "";

    await eventually(async () => {
      const status = await (await fetch(`${url}/api/status`)).json();
      expect(status).toMatchObject({ state: "connecting", lastEnd: { reason: "could_not_enrol" } });
    });
    context.signal("SIGTERM");
    expect(await ended).toBe(0);
  });
});

describe("drain", () => {
  test("drain tells the running agent of the data folder to stop, whatever its port", async () => {
    await using world = await running();
    const context = testContext({ MODFLEET_AGENT_DATA: world.folder.path });

    expect(await runCommandLine(["drain"], context)).toBe(0);
    expect(context.said()).toBe("The agent stops\n");
    expect(await world.ended).toBe(0);
  });

  test("drain ends with 1 and a hint when no agent answers", async () => {
    await using folder = await tempFolder();
    const context = testContext({ MODFLEET_AGENT_DATA: folder.path, MODFLEET_LOCAL_PORT: "9" });

    expect(await runCommandLine(["drain"], context)).toBe(1);
    expect(context.complained()).toBe(
      "No agent answers at http://127.0.0.1:9; is it running, and is MODFLEET_LOCAL_PORT its port?\n",
    );
  });
});
