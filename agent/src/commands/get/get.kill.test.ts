import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { anItem, fakeSteamApi } from "../../../test/fake-steam-api.ts";
import { installFakeSteamcmd, isRunning } from "../../../test/fake-steamcmd.ts";
import { PATIENT } from "../../../test/get-world.ts";
import { type Get, getsIn, serve, serving } from "../../../test/http-file-server.ts";
import { tempFolder } from "../../../test/temp-folder.ts";

const MAIN = fileURLToPath(new URL("../../main.ts", import.meta.url));
const CONTENT = Buffer.from(Uint32Array.from({ length: 1_000_000 }, (_, at) => Math.imul(at, 2_654_435_761)).buffer);

async function world(env: Record<string, string> = {}) {
  const folder = await tempFolder();
  onTestFinished(() => folder[Symbol.asyncDispose]());
  await folder.write({ "here/.keep": "", "data/.keep": "" });
  const start = (...args: string[]) => {
    const child = spawn(process.execPath, [MAIN, "get", ...args], {
      cwd: folder.at("here"),
      env: { PATH: process.env["PATH"], HOME: folder.path, MODFLEET_AGENT_DATA: folder.at("data"), ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    let err = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
    child.stdout.resume();
    return { child, ended: codeOf(child), err: () => err };
  };
  return { folder, start };
}

async function codeOf(child: ChildProcess): Promise<number | null> {
  const [code] = await once(child, "close");
  return typeof code === "number" ? code : null;
}

const PIECE = 20_000;

/** While it is slow, every answer comes in small pieces with pauses between them. */
function pacing(isSlow: () => boolean): (get: Get) => boolean {
  return ({ range, response }) => {
    if (!isSlow()) return false;
    const { from, to } = range ?? { from: 0, to: CONTENT.length };
    const ranged = range === null ? {} : { "content-range": `bytes ${from}-${to - 1}/${CONTENT.length}` };
    response.writeHead(range === null ? 200 : 206, { etag: '"one"', "content-length": to - from, ...ranged });
    const send = (at: number): void => {
      if (at >= to) return void response.end();
      response.write(CONTENT.subarray(at, Math.min(to, at + PIECE)));
      if (!response.destroyed) setTimeout(send, 20, at + PIECE);
    };
    send(from);
    return true;
  };
}

test("get has the right bytes after kill -9 and after Ctrl-C, and fetches nothing twice after Ctrl-C", async () => {
  const { folder, start } = await world();
  let isSlow = true;
  const { url, requests } = await serving(serve(CONTENT, { instead: pacing(() => isSlow) }));

  const killed = start(url);
  await expect.poll(killed.err, PATIENT).toContain("%");
  killed.child.kill("SIGKILL");
  await killed.ended;

  const interrupted = start(url);
  await expect.poll(interrupted.err, PATIENT).toContain("%");
  interrupted.child.kill("SIGINT");
  expect(await interrupted.ended).toBe(130);
  expect(interrupted.err()).toMatch(/Interrupted\. What arrived is kept: the same command goes on from there\n$/);

  isSlow = false;
  const before = requests.length;
  expect(await start(url).ended).toBe(0);
  expect((await readFile(folder.at("here", "map.bsp"))).equals(CONTENT)).toBe(true);
  expect((await readdir(folder.at("here"))).toSorted()).toEqual([".keep", "map.bsp"]);
  const starts = getsIn(requests.slice(before)).map(({ headers }) => headers.range);
  expect(starts).not.toContain("bytes=0-");
  expect(starts).not.toContain(undefined);
});

test("get leaves no SteamCMD behind after kill -9 and SIGTERM, and the same command goes on", async () => {
  const steam = await fakeSteamApi({ items: { "42": anItem({ file_size: "100000" }) } });
  onTestFinished(() => steam[Symbol.asyncDispose]());
  const tool = await tempFolder();
  onTestFinished(() => tool[Symbol.asyncDispose]());
  const fake = await installFakeSteamcmd({
    folder: tool.path,
    items: { "42": { bytes: 100_000, behaviour: ["hang", "hang", "ok"] } },
  });
  const { folder, start } = await world({ MODFLEET_STEAM_API_URL: steam.url, MODFLEET_STEAMCMD: fake.path });

  const killed = start("42");
  await expect.poll(() => fake.children().length, PATIENT).toBe(1);
  killed.child.kill("SIGKILL");
  await killed.ended;
  const stopped = start("42");
  await expect.poll(() => fake.children().length, PATIENT).toBe(2);
  stopped.child.kill("SIGTERM");
  expect(await stopped.ended).toBe(130);
  for (const pid of [...fake.runs().map((run) => run.pid), ...fake.children()])
    await expect.poll(() => isRunning(pid), PATIENT).toBe(false);
  expect(await start("42").ended).toBe(0);
  expect(await readdir(folder.at("here"))).toContain("Example Mod-42.zip");
  expect(await readdir(folder.at("data"))).not.toContain("scratch-get");
});
