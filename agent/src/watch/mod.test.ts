import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { afterEach, describe, expect, test } from "vitest";
import { eventually } from "../../test/eventually.ts";
import { aDownload, fakeRTorrent } from "../../test/fake-rtorrent.ts";
import { hookTarget } from "../../test/hook-target.ts";
import { tempFolder } from "../../test/temp-folder.ts";
import { aListener, configOf } from "../../test/watch-bench.ts";
import { manager, start, stop } from "./mod.ts";

const MODULE = "@modfleet/agent/watch";
const SCRIPT = fileURLToPath(new URL("fixtures/existing-script.cjs", import.meta.url));
const { hash } = aDownload();

afterEach(stop);

describe("start()", () => {
  test("start() resolves to nothing for a list and to a number for one server", async () => {
    await using server = await fakeRTorrent();
    server.downloads = [aDownload()];

    expect(await start([configOf(server)])).toBe(undefined);
    const { name, ...unnamed } = { ...configOf(server), host: "127.0.0.1", port: server.port, endpoint: "/RPC2" };
    expect(await start({ ...unnamed, client: "rtorrent" })).toBe(2);

    expect((await manager().getAll()).map((torrent) => torrent.server)).toEqual([name, "Server 2"]);
  });
});

describe("manager()", () => {
  test("manager() works with and without await, for all servers and for one", async () => {
    await using server = await fakeRTorrent();
    server.downloads = [aDownload()];
    await start([configOf(server), configOf(server, { name: "S2" })]);
    const [all, one] = [aListener(), aListener()];

    (await manager()).addListener(all.listener);
    manager("S2").addListener(one.listener);

    await eventually(() => expect(all.heard).toHaveLength(2));
    expect(one.heard).toEqual(["S2 added payload.bin"]);
    expect(await manager("S2").getAll()).toMatchObject([{ server: "S2" }]);
    await expect(manager("S3").getAll()).rejects.toThrow("This server does not exists S3");
  });
});

describe("the module", () => {
  test("can be required by CommonJS", () => {
    const required: unknown = createRequire(import.meta.url)(MODULE);

    expect(Object.keys(Object(required)).toSorted()).toEqual(["manager", "start", "stop"]);
  });

  test("runs a script that was written for dTorrent, and ends with it", async () => {
    await using server = await fakeRTorrent();
    await using folder = await tempFolder();
    const hook = await hookTarget(() => 418);
    server.downloads = [aDownload({ downloaded: 2_000_000 })];
    server.hold = async (method) => {
      if (method === "f.multicall") server.downloads = [aDownload({ downloaded: 3_000_000 })];
    };

    const { stdout, stderr, exitCode } = await execa(process.execPath, [SCRIPT], {
      cwd: folder.path,
      timeout: 30_000,
      env: { RTORRENT_TEST_PORT: String(server.port), HOOK_URL: hook.url },
    });

    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    const lines = stdout.split("\n").filter((line) => !line.startsWith("hook"));
    expect(lines).toEqual([
      `added : MyFirstServer ${hash}`,
      "added : MySecondServer F4K3H45H1",
      `update : ${hash}`,
      "[ 'downloaded' ]",
      `finish : ${hash}`,
      `pause : ${hash}`,
      `resume : ${hash}`,
      `remove : ${hash}`,
    ]);
    expect(stdout).toContain("hook : /hook 418 status 418 Test");
  });
});
