import { Secret } from "@modfleet/protocol";
import { describe, expect, test } from "vitest";
import { eventually } from "../../test/eventually.ts";
import { fakeEngine } from "../../test/fake-engine.ts";
import { fakeGateway } from "../../test/fake-gateway.ts";
import { testAgent } from "../../test/harness.ts";
import { tempFolder } from "../../test/temp-folder.ts";

const engines = [fakeEngine()];
const invite = new Secret("inv_1");

describe("enrolledSession()", () => {
  test("enrolledSession() enrols once; an agent with an id starts although its invitation is used up", async () => {
    await using folder = await tempFolder();
    await using gateway = await fakeGateway();
    {
      await using _first = await testAgent({ at: gateway, dataFolder: folder.path, engines, invite });
      await eventually(() => expect(gateway.heardOf("ready")).toHaveLength(1));
    }
    gateway.rules.enrolStatus = 403;

    await using _second = await testAgent({ at: gateway, dataFolder: folder.path, engines, invite });

    await eventually(() => expect(gateway.heardOf("ready")).toHaveLength(2));
    expect(gateway.enrolments).toMatchObject([{ invite: "inv_1", name: "test" }]);
  });

  test("enrolledSession() stops with the gateway's words when the invitation is refused", async () => {
    await using folder = await tempFolder();
    await using gateway = await fakeGateway();
    gateway.rules.enrolStatus = 403;

    await using agent = await testAgent({ at: gateway, dataFolder: folder.path, engines, invite });

    expect(await agent.ended).toMatchObject({ reason: "enrolment_refused", detail: "The invitation is used up" });
  });

  test("enrolledSession() goes on trying while the gateway is in trouble", async () => {
    await using folder = await tempFolder();
    await using gateway = await fakeGateway();
    gateway.rules.enrolStatus = 503;

    await using agent = await testAgent({ at: gateway, dataFolder: folder.path, engines, invite });

    await eventually(() => expect(gateway.enrolments.length).toBeGreaterThan(1));
    expect(agent.status().lastEnd?.reason).toBe("could_not_enrol");
    gateway.rules.enrolStatus = 200;
    await eventually(() => expect(agent.status().state).toBe("connected"));
  });

  test("enrolledSession() enrols once more where the gateway forgot it, with an invitation only", async () => {
    await using folder = await tempFolder();
    await using gateway = await fakeGateway();
    await using agent = await testAgent({ at: gateway, dataFolder: folder.path, engines, invite });
    await eventually(() => expect(gateway.heardOf("ready")).toHaveLength(1));

    gateway.forgetAgents();
    gateway.cut();
    await eventually(() => expect(gateway.heardOf("ready")).toHaveLength(2));
    gateway.forgetAgents();
    gateway.cut();

    expect(await agent.ended).toMatchObject({ reason: "unknown_agent" });
    expect(gateway.enrolments).toHaveLength(2);
    expect(gateway.refused).toEqual(["unknown_agent", "unknown_agent"]);
  });
});
