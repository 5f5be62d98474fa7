import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { installFakeSteamcmd } from "../../agent/test/fake-steamcmd.ts";
import { anItem, fakeSteam } from "../../gateway/test/fake-steam.ts";
import { blob } from "./content.ts";
import { fleetEnv, path, type Runtime, startFleet } from "./fleet.ts";
import { ask, isServed } from "./library.ts";
import { killAll, processesOf } from "./processes.ts";
import { type Program, startProgram } from "./program.ts";
import { until } from "./wait.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const [SLOW, LATER] = ["9000000601", "9000000602"] as const;
const SLOW_BYTES = 300_000;
const ITEMS = {
  [SLOW]: { bytes: SLOW_BYTES, behaviour: ["slow" as const, "ok" as const] },
  [LATER]: { files: { "a.txt": "later" } },
};

test.concurrent.each<Runtime>(["node", "deno"])(
  "SIGTERM of everything on %s in the middle of a job ends with exit 0 and no process; the next start completes it",
  async (runtime) => {
    await using fleet = await startFleet({ runtime, items: ITEMS, env: { MODFLEET_DRAIN: "0" } });
    await ask(fleet, SLOW);
    await until("SteamCMD runs", () => fleet.steamcmd.runs().length === 1);

    const ends = await Promise.all([fleet.gateway.stop("SIGTERM"), fleet.agent.stop("SIGTERM")]);

    expect(ends.map(({ code }) => code)).toEqual([0, 0]);
    expect(await processesOf(fleet.folder)).toEqual([]);
    await fleet.restartGateway();
    await fleet.restartAgent();
    await isServed(fleet, SLOW, blob(SLOW_BYTES));
  },
);

/** `npm start` without npm: one process that starts the others. */
async function localWorld() {
  const folder = await mkdtemp(join(tmpdir(), "modfleet-local-"));
  const steam = await fakeSteam();
  for (const id of Object.keys(ITEMS)) steam.items.set(id, anItem(id));
  const steamcmd = await installFakeSteamcmd({ folder: join(folder, "tool"), items: ITEMS });
  const env = { ...fleetEnv({ folder, steam, steamcmd }), MODFLEET_PORT: "0" };
  return {
    folder,
    env,
    start: async (): Promise<Program & { url: string }> => {
      const ready = /^modfleet gateway listening on (http:\/\/\S+:\d+)$/;
      const program = await startProgram({ command: [process.execPath, path("deploy/local.ts")], env, ready });
      return { ...program, url: program.match };
    },
    nothingRuns: () => until("nothing runs", async () => (await processesOf(folder)).length === 0),
    async [Symbol.asyncDispose]() {
      killAll(await processesOf(folder));
      await steam[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

test.concurrent("npm start does the main job, stops with exit 0 and no child, and serves it at the next start", async () => {
  await using world = await localWorld();
  const first = await world.start();
  await ask(first, LATER);
  await isServed({ ...first, folder: world.folder }, LATER, ITEMS[LATER].files);

  expect(await first.stop("SIGTERM")).toEqual({ code: 0, signal: null });
  expect(await processesOf(world.folder)).toEqual([]);

  const second = await world.start();
  await isServed({ ...second, folder: world.folder }, LATER, ITEMS[LATER].files);
  expect(await second.stop("SIGINT")).toEqual({ code: 0, signal: null });
  await world.nothingRuns();
});

test.concurrent("npm start under a shell that is killed stops everything by itself, a running tool included", async () => {
  await using world = await localWorld();
  const command = `"$0" "$1"; exit $?`;
  const shell = spawn("sh", ["-c", command, process.execPath, path("deploy/local.ts")], {
    ...{ env: world.env, detached: true, stdio: ["ignore", "pipe", "ignore"] },
  });
  let said = "";
  shell.stdout?.on("data", (chunk) => {
    said += chunk;
  });
  const urlIn = () => /listening on (http:\/\/\S+:\d+)\n/.exec(said)?.[1] ?? "";
  await until("the gateway listens", () => urlIn() !== "");
  await ask({ url: urlIn() }, SLOW);
  await until("SteamCMD runs", async () =>
    (await processesOf(world.folder)).some(({ command }) => command.includes("workshop_download_item")),
  );
  const ended = once(shell, "exit");
  shell.kill("SIGKILL");
  await ended;

  await world.nothingRuns();

  expect(said).toContain("Stopped");
});
