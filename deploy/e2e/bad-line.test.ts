import { cp } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { blob, threeParts } from "./content.ts";
import { type Fleet, startFleet } from "./fleet.ts";
import { agentIsConnected, ask, isServed, stagesAt } from "./library.ts";
import { partsSent } from "./line.ts";
import { until } from "./wait.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const [BIG, SLOW, SMALL, TWICE] = ["9000000401", "9000000402", "9000000403", "9000000404"] as const;
const FILES = threeParts();

describe("a job over a bad line", () => {
  let fleet: Fleet;

  beforeAll(async () => {
    const items = {
      [BIG]: { files: FILES },
      [SLOW]: { bytes: 100_000, behaviour: ["slow" as const] },
      [SMALL]: { files: { "a.txt": "small" } },
      [TWICE]: { files: { "b.txt": "twice" } },
    };
    fleet = await startFleet({ runtime: "node", items, throughLine: true });
  });
  afterAll(() => fleet[Symbol.asyncDispose]());

  test("survives a part that is damaged on the way: it alone is sent again", async () => {
    const { line } = fleet;
    line.rules.corrupt = (request) => request.endsWith("/parts/2") && partsSent(line).join() === "1,2";
    await ask(fleet, BIG);

    await isServed(fleet, BIG, FILES);

    expect(line.answered.filter((answer) => answer.endsWith("/parts/2 422"))).toHaveLength(1);
    expect(partsSent(line)).toEqual([1, 2, 2, 3]);
  });

  test("survives a line that is cut in the middle of the download", async () => {
    await ask(fleet, SLOW);
    await until("it downloads", async () => (await stagesAt(fleet)).includes("downloading"));
    fleet.line.cut();

    await isServed(fleet, SLOW, blob(100_000));

    expect(fleet.steamcmd.runs().filter(({ argv }) => argv.includes(SLOW))).toHaveLength(1);
  });

  test("ends once for an agent that never hears settled before the line is cut", async () => {
    const { line } = fleet;
    await agentIsConnected(fleet);
    line.rules.drop = (type) => type === "settled";
    await ask(fleet, SMALL);
    await until("the answer was lost", () => line.dropped.length > 0);
    line.rules.drop = () => false;
    line.cut();

    await isServed(fleet, SMALL, { "a.txt": "small" });

    await until("the agent holds nothing", async () => (await stagesAt(fleet)).length === 0);
    expect(fleet.steamcmd.runs().filter(({ argv }) => argv.includes(SMALL))).toHaveLength(1);
  });

  test("two agents with one key: the older one says why and does not come back", async () => {
    const copied = join(fleet.folder, "copied");
    await agentIsConnected(fleet);
    await cp(fleet.agentFolder, copied, { recursive: true, filter: (path) => !path.endsWith("running.json") });
    const older = fleet.agent;
    await fleet.startAgentOn(copied);

    const { code } = await older.ended;

    expect(code).toBe(1);
    expect(older.log().split("\n").at(-1)).toMatch(/same key.*data folder of its own/);
    await ask(fleet, TWICE);
    await isServed(fleet, TWICE, { "b.txt": "twice" });
  });
});
