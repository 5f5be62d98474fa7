import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test, vi } from "vitest";
import { fakeGateway } from "../test/fake-gateway.ts";
import { fakeLibrary } from "../test/fake-library.ts";
import { installFakeSteamcmd, isRunning } from "../test/fake-steamcmd.ts";
import type { FakeBehaviour } from "../test/fake-steamcmd-config.ts";
import { anOffer } from "../test/harness.ts";
import { readZip } from "../test/read-zip.ts";
import { tempFolder } from "../test/temp-folder.ts";
import { refOf } from "../test/work-bench.ts";

const MAIN = fileURLToPath(new URL("./main.ts", import.meta.url));
const PATIENCE = { timeout: 25_000, interval: 20 };
const ITEM = "2009463077";

/** The agent as a volunteer starts it, with a program that plays SteamCMD. */
async function volunteer(behaviour: FakeBehaviour) {
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
    const { upload = "", bytes } = world.gateway.heardOf("finished")[0] ?? {};
    const parts = [...(world.gateway.uploads.stored.get(upload)?.parts.values() ?? [])];
    writeFileSync(world.folder.at("got.zip"), Buffer.concat(parts));
    const entries = await readZip(world.folder.at("got.zip"));
    expect(Object.fromEntries([...entries].map(([path, content]) => [path, String(content)]))).toEqual(world.files);
    expect(Buffer.concat(parts)).toHaveLength(bytes ?? 0);
    world.gateway.say({ type: "settled", ...ref });
    world.child.kill("SIGTERM");
    expect(await world.ended).toEqual([0, null]);
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
