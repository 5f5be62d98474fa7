import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { blob, threeParts } from "./content.ts";
import { type Fleet, type Runtime, startFleet } from "./fleet.ts";
import { ask, isServed, stagesAt } from "./library.ts";
import { isStored, partsSent } from "./line.ts";
import { until } from "./wait.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const [SLOW, BIG, MANY] = ["9000000301", "9000000302", "9000000303"] as const;
const SLOW_BYTES = 50_000;
const MANY_FILES = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`folder/${n}.txt`, `file ${n}`]));
const BIG_FILES = threeParts();

test.concurrent.each<Runtime>(["node", "deno"])(
  "a gateway on %s that is ended by kill -9 in mid-part keeps what it acknowledged, and idle, what it published",
  async (runtime) => {
    await using fleet = await startFleet({ runtime, items: { [BIG]: { files: BIG_FILES } }, throughLine: true });
    const { line } = fleet;
    line.rules.hold = (request) => request.endsWith("/parts/2");
    await ask(fleet, BIG);
    await until("part 2 is on its way", () => line.held.size === 1 && line.answered.some(isStored(1)));
    await fleet.gateway.stop("SIGKILL");
    line.rules.hold = () => false;
    await fleet.restartGateway();

    await isServed(fleet, BIG, BIG_FILES);

    expect(partsSent(line).filter((part) => part === 1)).toHaveLength(1);
    await fleet.gateway.stop("SIGKILL");
    await fleet.restartGateway();
    await isServed(fleet, BIG, BIG_FILES);
  },
);

test.concurrent("a gateway that is ended by kill -9 while SteamCMD runs lets the agent go on with its job", async () => {
  const items = { [SLOW]: { bytes: SLOW_BYTES, behaviour: ["slow" as const] } };
  await using fleet = await startFleet({ runtime: "node", items });
  await ask(fleet, SLOW);
  await until("SteamCMD runs", () => fleet.steamcmd.runs().length === 1);
  await fleet.gateway.stop("SIGKILL");
  await fleet.restartGateway();

  await isServed(fleet, SLOW, blob(SLOW_BYTES));

  expect(fleet.steamcmd.runs()).toHaveLength(1);
});

test.concurrent("a gateway that is ended by kill -9 between the archive and its rows publishes it all the same, once", async () => {
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
