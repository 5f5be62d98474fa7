import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { gunzipSync, gzipSync } from "node:zlib";
import { strToU8, zipSync } from "fflate";
import { pack } from "tar-stream";
import { describe, expect, onTestFinished, test } from "vitest";
import { fakeLauncher } from "../../../test/fake-steamcmd.ts";
import { filesIn, QUICK, silent, steamcmdStage } from "../../../test/fake-steamcmd-engine.ts";
import { STEAMCMD_LIMITS } from "../options.ts";
import { install, steamcmdUrlFor } from "./install.ts";
import { unpackInstaller } from "./unpack.ts";

type TarEntry = { name: string; text?: string; mode?: number; linkname?: string };

async function tarball(...entries: TarEntry[]): Promise<Buffer> {
  const archive = pack();
  for (const { name, text, mode = 0o644, linkname } of entries) {
    if (linkname === undefined) archive.entry({ name, mode }, text ?? "");
    else archive.entry({ name, type: "symlink", linkname });
  }
  archive.finalize();
  return gzipSync(await buffer(archive));
}

async function tempFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "modfleet-install-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A server that answers each request with what `answer` says, and counts them. */
async function serving(answer: () => { status?: number; body: Uint8Array | string }) {
  let requests = 0;
  const server = createServer((_, response) => {
    requests += 1;
    const { status = 200, body } = answer();
    response.writeHead(status).end(body);
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  onTestFinished(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("No port");
  return { url: `http://127.0.0.1:${address.port}/steamcmd.tar.gz`, requests: () => requests };
}

const never = new AbortController().signal;

async function installFrom(url: string, changes: { installerBytesMax?: number } = {}) {
  const toolFolder = await tempFolder();
  const limits = { ...STEAMCMD_LIMITS, ...changes };
  const warned: object[] = [];
  const log = { ...silent, warn: (detail: object) => void warned.push(detail) };
  const options = { toolFolder, downloadUrl: url, platform: "linux" as const, fetch, log, limits };
  return { toolFolder, warned, result: await install(options, never) };
}

describe("unpackInstaller()", () => {
  test("unpackInstaller() unpacks a tarball and keeps the executable bit", async () => {
    const folder = await tempFolder();

    await unpackInstaller(
      await tarball({ name: "./steamcmd.sh", text: "x", mode: 0o755 }, { name: "linux32/libstdc++.so.6", text: "y" }),
      folder,
    );

    expect(await filesIn(folder)).toEqual({ "linux32/libstdc++.so.6": "y", "steamcmd.sh": "x" });
    expect((await stat(join(folder, "steamcmd.sh"))).mode & 0o777).toBe(0o755);
    expect((await stat(join(folder, "linux32/libstdc++.so.6"))).mode & 0o777).toBe(0o644);
  });

  test("unpackInstaller() unpacks the zip of Windows", async () => {
    const folder = await tempFolder();

    await unpackInstaller(zipSync({ "steamcmd.exe": strToU8("MZ") }), folder);

    expect(await filesIn(folder)).toEqual({ "steamcmd.exe": "MZ" });
  });

  test.each(["../evil", "/etc/evil", "a/../../evil", "C:\\evil"])(
    "unpackInstaller() refuses %j in a tarball",
    async (name) => {
      const folder = await tempFolder();

      await expect(unpackInstaller(await tarball({ name, text: "x" }), join(folder, "in"))).rejects.toThrow(
        "Could not unpack",
      );
      expect(existsSync(join(folder, "evil"))).toBe(false);
    },
  );

  test("unpackInstaller() refuses a path that leaves the folder in a zip", async () => {
    const folder = await tempFolder();

    await expect(unpackInstaller(zipSync({ "../evil": strToU8("x") }), join(folder, "in"))).rejects.toThrow(
      "Could not unpack",
    );
    expect(existsSync(join(folder, "evil"))).toBe(false);
  });

  test("unpackInstaller() makes no links", async () => {
    const folder = await tempFolder();

    await unpackInstaller(await tarball({ name: "link", linkname: "/etc" }, { name: "a", text: "x" }), folder);

    expect(await readdir(folder)).toEqual(["a"]);
  });

  test("unpackInstaller() refuses what is no archive, or half of one", async () => {
    const whole = await tarball({ name: "a", text: "x".repeat(100_000) });

    await expect(unpackInstaller(Buffer.from("<html>"), await tempFolder())).rejects.toThrow("no archive");
    const tar = gunzipSync(whole);

    await expect(unpackInstaller(whole.subarray(0, whole.length / 2), await tempFolder())).rejects.toThrow();
    await expect(unpackInstaller(gzipSync(tar.subarray(0, tar.length / 2)), await tempFolder())).rejects.toThrow();
  });
});

describe("install()", () => {
  test("install() downloads once and finds it afterwards", async () => {
    const body = await tarball({ name: "steamcmd.sh", text: "#!/bin/sh\n", mode: 0o755 });
    const server = await serving(() => ({ body }));

    const { toolFolder, result } = await installFrom(server.url);
    const again = await install(
      { toolFolder, downloadUrl: server.url, platform: "linux", fetch, log: silent, limits: STEAMCMD_LIMITS },
      never,
    );

    expect(result).toEqual({ ok: true, file: join(toolFolder, "installed/steamcmd.sh") });
    expect(again).toEqual(result);
    expect(server.requests()).toBe(1);
  });

  test.each([
    ["an error page", { status: 503, body: "busy" }, "steam_unreachable"],
    ["a web page", { body: "<html>" }, "tool_broken"],
    ["too many bytes", { body: "x".repeat(5_000) }, "steam_unreachable"],
  ])("install() leaves nothing behind after %s", async (_, answer, code) => {
    const server = await serving(() => answer);

    const { toolFolder, result, warned } = await installFrom(server.url, { installerBytesMax: 4_000 });

    expect(result).toMatchObject({ ok: false, failure: { code, detail: expect.stringContaining(server.url) } });
    expect(warned).toMatchObject([{ url: server.url }]);
    expect(await readdir(toolFolder)).toEqual([]);
  });

  test("install() takes no archive without SteamCMD in it", async () => {
    const body = await tarball({ name: "readme", text: "x" });

    const { toolFolder, result } = await installFrom((await serving(() => ({ body }))).url);

    expect(result).toMatchObject({ ok: false, failure: { code: "tool_broken" } });
    expect(existsSync(join(toolFolder, "installed"))).toBe(false);
  });

  test("install() says where it could not download from", async () => {
    const { result } = await installFrom("http://127.0.0.1:1/steamcmd.tar.gz");

    expect(result).toMatchObject({ ok: false, failure: { code: "steam_unreachable" } });
    expect(result).toHaveProperty("failure.detail", expect.stringContaining("http://127.0.0.1:1/"));
  });

  test("steamcmdUrlFor() knows each platform's installer", () => {
    expect(steamcmdUrlFor("linux")).toMatch(/\/steamcmd_linux\.tar\.gz$/);
    expect(steamcmdUrlFor("darwin")).toMatch(/\/steamcmd_osx\.tar\.gz$/);
    expect(steamcmdUrlFor("win32")).toMatch(/\/steamcmd\.zip$/);
  });
});

describe("fetch() on a machine without SteamCMD", () => {
  async function stageWithDownload(config: Parameters<typeof steamcmdStage>[0], launcher?: (text: string) => string) {
    const holder: { body: Uint8Array } = { body: new Uint8Array() };
    const server = await serving(() => ({ body: holder.body }));
    const stage = await steamcmdStage(config, { steamcmdPath: null, downloadUrl: server.url, limits: QUICK });
    const text = fakeLauncher(stage.fake.folder);
    holder.body = await tarball({ name: "steamcmd.sh", text: launcher?.(text) ?? text, mode: 0o755 });
    return { stage, server };
  }

  test("fetch() downloads it, warms it up and gives each slot a copy", async () => {
    const { stage, server } = await stageWithDownload({ items: { "42": {} }, needsWarmUp: true });

    const outcomes = await Promise.all([0, 1].map((slot) => stage.fetch({ slot, job: `job-${slot}` })));

    expect(outcomes.map(({ kind }) => kind)).toEqual(["fetched", "fetched"]);
    expect(server.requests()).toBe(1);
    const [first, second, ...jobs] = stage.fake.runs();
    expect([first?.argv, second?.argv]).toEqual(Array(2).fill(["+login", "anonymous", "+quit"]));
    expect(jobs.map(({ tool }) => tool).toSorted()).toEqual(
      [0, 1].map((slot) => join(stage.toolFolder, `slots/${slot}/tool`)),
    );
  });

  test("fetch() says that the 32-bit libraries are missing, and works once they are there", async () => {
    const { stage, server } = await stageWithDownload({ items: { "42": {} }, start: ["missing-libs", "ok", "ok"] });

    const broken = await stage.fetch();

    expect(broken).toMatchObject({ failure: { code: "tool_broken", detail: expect.stringContaining("lib32gcc-s1") } });
    expect((await stage.fetch()).kind).toBe("fetched");
    expect(server.requests()).toBe(1);
  });

  test("fetch() gives the job back while Steam cannot be reached for the warm-up", async () => {
    const { stage } = await stageWithDownload({ items: { "42": {} }, start: ["offline", "ok", "ok"] });

    expect(await stage.fetch()).toMatchObject({ failure: { code: "steam_unreachable" } });
    expect((await stage.fetch()).kind).toBe("fetched");
  });

  test("fetch() stops a warm-up that hangs when it is cancelled", async () => {
    const { stage } = await stageWithDownload(
      { items: { "42": {} } },
      () => '#!/bin/sh\ntouch "$HOME/began"\nsleep 600\n',
    );
    const stop = new AbortController();
    const fetching = stage.fetch({ signal: stop.signal });
    const began = join(stage.toolFolder, "warm-up/began");
    await expect.poll(() => existsSync(began), { timeout: 10_000 }).toBe(true);

    stop.abort();

    expect((await fetching).kind).toBe("cancelled");
  });
});

describe("fetch() with a given installation", () => {
  test("fetch() copies a real installation for each slot and never runs the original", async () => {
    const stage = await steamcmdStage({ items: { "42": {} }, asInstallation: true });

    expect((await stage.fetch({ slot: 1 })).kind).toBe("fetched");

    expect(stage.fake.runs().map(({ tool }) => tool)).toEqual([join(stage.toolFolder, "slots/1/tool")]);
  });

  test("fetch() takes what a slot's copy has learned along, and copies again when the original changed", async () => {
    const stage = await steamcmdStage({ items: { "42": {} }, asInstallation: true });
    await stage.fetch();
    const marker = join(stage.toolFolder, "slots/0/tool/learned");
    await writeFile(marker, "");

    await stage.fetch({ job: "second" });
    expect(existsSync(marker)).toBe(true);
    await writeFile(stage.fake.path, await readFile(stage.fake.path), { mode: 0o755 });
    await stage.fetch({ job: "third" });

    expect(existsSync(marker)).toBe(false);
  });

  test("fetch() runs any other program where it is", async () => {
    const stage = await steamcmdStage({ items: { "42": {} } });

    await stage.fetch();

    expect(stage.fake.runs().map(({ tool }) => join(tool, "steamcmd.sh"))).toEqual([stage.fake.path]);
  });

  test.each([
    ["is missing", "/nowhere/steamcmd.sh"],
    ["is a folder", tmpdir()],
  ])("fetch() says so when the given path %s", async (_, steamcmdPath) => {
    const stage = await steamcmdStage({}, { steamcmdPath });

    expect(await stage.fetch()).toMatchObject({
      failure: { code: "tool_broken", detail: expect.stringContaining("MODFLEET_STEAMCMD") },
    });
  });
});
