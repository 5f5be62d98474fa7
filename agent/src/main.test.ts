import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test, vi } from "vitest";
import { aTorrent } from "../test/a-torrent.ts";
import { fakeGateway } from "../test/fake-gateway.ts";
import { fakeLibrary } from "../test/fake-library.ts";
import { fakeSeeder } from "../test/fake-seeder.ts";
import { installFakeSteamcmd, isRunning } from "../test/fake-steamcmd.ts";
import type { FakeBehaviour } from "../test/fake-steamcmd-config.ts";
import { fixedTracker } from "../test/fixed-tracker.ts";
import { anOffer } from "../test/harness.ts";
import { readZip } from "../test/read-zip.ts";
import { tempFolder } from "../test/temp-folder.ts";
import { hashOf, served, textsOf } from "../test/torrent-stage.ts";
import { refOf } from "../test/work-bench.ts";

const MAIN = fileURLToPath(new URL("./main.ts", import.meta.url));
const PATIENCE = { timeout: 25_000, interval: 20 };
const ITEM = "2009463077";

/** The agent as a volunteer starts it, with a program that plays SteamCMD. */
async function volunteer(behaviour: FakeBehaviour = "ok") {
  const folder = await tempFolder();
  const gateway = await fakeGateway();
  const files = { "About/About.xml": "<name>Harmony</name>", "Assemblies/0Harmony.dll": "MZ".repeat(5_000) };
  const items = { [ITEM]: { files, behaviour: [behaviour] } };
  const steamcmd = await installFakeSteamcmd({ folder: folder.path, items });
  const env = {
    ...process.env,
    MODFLEET_GATEWAY: gateway.url,
    MODFLEET_AGENT_DATA: folder.at("data"),
    MODFLEET_STEAMCMD: steamcmd.path,
    MODFLEET_LOCAL_PORT: "0",
    MODFLEET_MIN_FREE: "0",
    MODFLEET_ALLOW_PRIVATE_SOURCES: "1",
    MODFLEET_LOG: "warn",
  };
  const child = spawn(process.execPath, [MAIN, "run"], { env, stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "exit");
  await vi.waitFor(() => expect(gateway.heardOf("ready")).toHaveLength(1), PATIENCE);
  const dispose = async (): Promise<void> => {
    if (child.exitCode === null) child.kill("SIGKILL");
    await ended;
    await gateway[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  };
  return { folder, gateway, steamcmd, files, child, ended, [Symbol.asyncDispose]: dispose };
}

/** Path → text of the archive that was uploaded. */
async function deliveredTo({
  gateway,
  folder,
}: Awaited<ReturnType<typeof volunteer>>): Promise<Record<string, string>> {
  const { upload = "", bytes } = gateway.heardOf("finished")[0] ?? {};
  const zip = Buffer.concat([...(gateway.uploads.stored.get(upload)?.parts.values() ?? [])]);
  expect(zip).toHaveLength(bytes ?? 0);
  writeFileSync(folder.at("got.zip"), zip);
  const entries = await readZip(folder.at("got.zip"));
  return Object.fromEntries([...entries].map(([path, content]) => [path, String(content)]));
}

async function running(pids: readonly number[]): Promise<number[]> {
  const found = await Promise.all(pids.map(async (pid) => ((await isRunning(pid)) ? [pid] : [])));
  return found.flat();
}

const offer = anOffer();
const ref = refOf(offer);

describe("main", () => {
  test("main fetches with SteamCMD, uploads a zip that holds the item, and stops with 0", async () => {
    await using world = await volunteer("ok");

    world.gateway.say(offer);

    await vi.waitFor(() => expect(world.gateway.heardOf("finished")).toHaveLength(1), PATIENCE);
    expect(await deliveredTo(world)).toEqual(world.files);
    world.gateway.say({ type: "settled", ...ref });
    world.child.kill("SIGTERM");
    expect(await world.ended).toEqual([0, null]);
  });

  test("main fetches a torrent, uploads its files, seeds it, and stops with 0", async () => {
    await using world = await volunteer();
    await using tracker = await fixedTracker();
    const torrent = aTorrent("Pack 1.2", { "maps/a.bsp": 100_000, "readme.txt": 2_000 }, tracker.url);
    await using seeder = await fakeSeeder(torrent);
    tracker.peers.push(seeder.port);
    const source = { kind: "torrent", torrentUrl: await served(torrent.content) } as const;
    expect(world.gateway.heardOf("hello")[0]).toMatchObject({ engines: ["workshop", "http", "torrent"] });

    world.gateway.say({ ...offer, source });

    await vi.waitFor(() => expect(world.gateway.heardOf("finished")).toHaveLength(1), PATIENCE);
    expect(await deliveredTo(world)).toEqual(textsOf(torrent, "maps/a.bsp", "readme.txt"));
    expect(world.gateway.heardOf("finished")[0]).toMatchObject({
      fetched: { tool: expect.stringMatching(/^webtorrent/), manifest: hashOf(torrent), name: "Pack 1.2" },
    });
    world.gateway.say({ type: "settled", ...ref });
    const data = world.folder.at("data/torrents/data", hashOf(torrent), "Pack 1.2/maps/a.bsp");
    expect(existsSync(data)).toBe(true);
    world.child.kill("SIGTERM");
    expect(await world.ended).toEqual([0, null]);
    expect(existsSync(data)).toBe(true);
  });

  test("main ends SteamCMD with its children when the job is cancelled", async () => {
    await using world = await volunteer("hang");
    world.gateway.say(offer);
    await vi.waitFor(() => expect(world.steamcmd.children()).toHaveLength(1), PATIENCE);
    const pids = [...world.steamcmd.runs().map(({ pid }) => pid), ...world.steamcmd.children()];
    expect(await running(pids)).toEqual(pids);

    world.gateway.say({ type: "cancel", ...ref });

    await vi.waitFor(() => expect(world.gateway.heardOf("ready")).toHaveLength(2), PATIENCE);
    expect(await running(pids)).toEqual([]);
  });

  test("main gets what it was asked for although nobody reads what it says", async () => {
    await using folder = await tempFolder();
    const library = await fakeLibrary({ "42": { name: "Harmony", archive: Buffer.from("zip") } });
    const env = { ...process.env, MODFLEET_AGENT_DATA: folder.at("data") };
    const args = [MAIN, "get", "42", "--from", library.url];
    const child = spawn(process.execPath, args, { env, cwd: folder.path, stdio: ["ignore", "ignore", "pipe"] });
    child.stderr?.destroy();

    expect(await once(child, "exit")).toEqual([0, null]);
    expect(readFileSync(folder.at("Harmony-42.zip"), "utf8")).toBe("zip");
  });
});
