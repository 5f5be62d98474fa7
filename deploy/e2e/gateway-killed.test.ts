import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { blob, threeParts } from "./content.ts";
import { type Fleet, type Runtime, startFleet } from "./fleet.ts";
import { agentIsConnected, ask, isServed, stagesAt } from "./library.ts";
import { isStored, partsSent } from "./line.ts";
import { until } from "./wait.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const [SLOW, BIG, MANY] = ["9000000301", "9000000302", "9000000303"] as const;
const SMALL_FILES = { "a.txt": "small" };
const MANY_FILES = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`folder/${n}.txt`, `file ${n}`]));
const BIG_FILES = threeParts();

const SLOW_FILES = { ...blob(50_000), ...SMALL_FILES };
const ITEMS = {
  [SLOW]: { files: SMALL_FILES, bytes: 50_000, behaviour: ["slow" as const] },
  [BIG]: { files: BIG_FILES },
};

describe.each<Runtime>(["node", "deno"])("a gateway on %s that is ended by kill -9", (runtime) => {
  let fleet: Fleet;
  const killGateway = () => fleet.gateway.stop("SIGKILL");

  beforeAll(async () => {
    fleet = await startFleet({ runtime, items: ITEMS, throughLine: true });
  });
  afterAll(() => fleet[Symbol.asyncDispose]());

  test("while SteamCMD runs: the agent goes on with its job", async () => {
    await ask(fleet, SLOW);
    await until("SteamCMD runs", () => fleet.steamcmd.runs().length === 1);
    await killGateway();
    await fleet.restartGateway();

    await isServed(fleet, SLOW, SLOW_FILES);

    expect(fleet.steamcmd.runs()).toHaveLength(1);
  });

  test("in mid-part: what was acknowledged is not sent again", async () => {
    const { line } = fleet;
    await agentIsConnected(fleet);
    line.forget();
    line.rules.hold = (request) => request.endsWith("/parts/2");
    await ask(fleet, BIG);
    await until("part 2 is on its way", () => line.held.size === 1 && line.answered.some(isStored(1)));
    await killGateway();
    line.rules.hold = () => false;
    await fleet.restartGateway();

    await isServed(fleet, BIG, BIG_FILES);

    expect(line.answered.filter(isStored(1))).toHaveLength(1);
    expect(partsSent(line).filter((part) => part === 1)).toHaveLength(1);
  });

  test("when idle: the library is what it was", async () => {
    await killGateway();
    await fleet.restartGateway();

    await isServed(fleet, SLOW, SLOW_FILES);
  });
});

test("a gateway that is ended by kill -9 between the archive and its rows publishes it all the same, once", async () => {
  await using fleet = await startFleet({ runtime: "node", items: { [MANY]: { files: MANY_FILES } } });
  await ask(fleet, MANY);
  await theArchiveAppears(fleet);
  await fleet.gateway.stop("SIGKILL");
  await fleet.restartGateway();

  await isServed(fleet, MANY, MANY_FILES);

  expect(archivesIn(fleet)).toHaveLength(1);
  await until("the agent holds nothing", async () => (await stagesAt(fleet)).length === 0);
});

function archivesIn({ folder }: Fleet): string[] {
  const archives = join(folder, "gateway", "archives");
  if (!existsSync(archives)) return [];
  return readdirSync(archives, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".zip"));
}

/** Looks as often as the loop turns: what follows the archive takes a few milliseconds. */
async function theArchiveAppears(fleet: Fleet): Promise<void> {
  const until = AbortSignal.timeout(25_000);
  while (archivesIn(fleet).length === 0) {
    until.throwIfAborted();
    await new Promise(setImmediate);
  }
}
