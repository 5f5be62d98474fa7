import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { isRunning } from "../../agent/test/fake-steamcmd.ts";
import { blob, threeParts } from "./content.ts";
import { type Fleet, startFleet } from "./fleet.ts";
import { ask, isServed, stagesAt } from "./library.ts";
import { isStored, partsSent } from "./line.ts";
import { until } from "./wait.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const [SLOW, WIDE, BIG, SMALL] = ["9000000201", "9000000202", "9000000203", "9000000204"] as const;
const FILES = threeParts();
/** Four seconds of the fake: an orphan that nobody ended would still run. */
const DOWNLOAD_BYTES = 400_000;
const WIDE_BYTES = 40_000_000;

describe("an agent that is ended by kill -9", () => {
  let fleet: Fleet;
  const runsOf = (id: string) => fleet.steamcmd.runs().filter(({ argv }) => argv.includes(id));
  const killWhen = async (what: string, holds: () => boolean | Promise<boolean>): Promise<void> => {
    await until(what, holds);
    await fleet.agent.stop("SIGKILL");
  };
  const holdsNothing = () => until("the agent holds nothing", async () => (await stagesAt(fleet)).length === 0);

  beforeAll(async () => {
    const items = {
      [SLOW]: { bytes: DOWNLOAD_BYTES, behaviour: ["slow" as const, "ok" as const] },
      [WIDE]: { bytes: WIDE_BYTES },
      [BIG]: { files: FILES },
      [SMALL]: { files: { "a.txt": "small" } },
    };
    fleet = await startFleet({ runtime: "node", items, throughLine: true });
  });
  afterAll(() => fleet[Symbol.asyncDispose]());

  test("while it downloads: the next one ends the orphan and goes on", async () => {
    await ask(fleet, SLOW);
    await killWhen("SteamCMD runs", () => runsOf(SLOW).length === 1);
    await fleet.restartAgent();
    await until("SteamCMD runs again", () => runsOf(SLOW).length === 2);
    const isOrphanAlive = await isRunning(runsOf(SLOW)[0]?.pid ?? 0);

    await isServed(fleet, SLOW, blob(DOWNLOAD_BYTES));

    const runs = runsOf(SLOW);
    expect(isOrphanAlive).toBe(false);
    expect(runs).toHaveLength(2);
    expect(new Set(runs.map(({ argv }) => argv[argv.indexOf("+force_install_dir") + 1])).size).toBe(1);
  });

  test("while it packs: nothing is fetched twice", async () => {
    await ask(fleet, WIDE);
    await killWhen("it packs", async () => (await stagesAt(fleet)).includes("packing"));
    await fleet.restartAgent();

    await isServed(fleet, WIDE, blob(WIDE_BYTES));

    expect(runsOf(WIDE)).toHaveLength(1);
  });

  test("while it uploads: at most one part is sent again", async () => {
    const { line } = fleet;
    line.forget();
    line.rules.hold = (request) => request.endsWith("/parts/2");
    await ask(fleet, BIG);
    await killWhen("part 2 is on its way", () => line.held.size === 1 && line.answered.some(isStored(1)));
    line.rules.hold = () => false;
    await fleet.restartAgent();

    await isServed(fleet, BIG, FILES);

    expect(partsSent(line)).toEqual([1, 2, 2, 3]);
    expect(runsOf(BIG)).toHaveLength(1);
  });

  test("between finished and settled: it says finished again and is told", async () => {
    const { line } = fleet;
    line.rules.drop = (type) => type === "settled";
    await ask(fleet, SMALL);
    await killWhen("the answer was lost", () => line.dropped.includes("settled"));
    line.rules.drop = () => false;
    await fleet.restartAgent();

    await isServed(fleet, SMALL, { "a.txt": "small" });

    await holdsNothing();
    expect(runsOf(SMALL)).toHaveLength(1);
  });
});
