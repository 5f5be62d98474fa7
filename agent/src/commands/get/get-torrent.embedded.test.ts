import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { aTorrent } from "../../../test/a-torrent.ts";
import { embedded, magnetTo } from "../../../test/embedded-torrents.ts";
import { fakeSeeder } from "../../../test/fake-seeder.ts";
import { getWorld, PATIENT } from "../../../test/get-world.ts";
import { tempFolder } from "../../../test/temp-folder.ts";

const MAIN = fileURLToPath(new URL("../../main.ts", import.meta.url));
const PIECES = 40;

test("getCommand() fetches with the real client, and after an interrupt only what is not there yet", async () => {
  const torrent = aTorrent("pack", { "a.bin": PIECES * 8_192, "sub/b.bin": PIECES * 8_192 });
  await using seeder = await fakeSeeder(torrent);
  seeder.gives = () => (seeder.blocks < PIECES / 2 ? "data" : "nothing");
  const sleep = (): Promise<void> => new Promise((done) => setTimeout(done, 10));
  const all = await getWorld({}, { openTorrentClient: () => embedded(), sleep });
  const target = magnetTo(torrent, seeder);
  const ending = all.get(target);
  await expect.poll(() => all.err(), PATIENT).toMatch(/Downloading pack: [45]\d %/);
  all.interrupt();

  expect(await ending).toBe(130);
  expect(await all.here()).toEqual([expect.stringMatching(/^\.modfleet-/)]);
  const before = seeder.blocks;
  seeder.gives = () => "data";
  expect(await all.get(target, {}, { signal: new AbortController().signal })).toBe(0);

  expect(seeder.blocks - before).toBeLessThan(PIECES * 0.75);
  expect(await all.here()).toEqual(["pack"]);
  expect(await readFile(all.folder.at("here", "pack", "sub", "b.bin"))).toEqual(torrent.files["sub/b.bin"]);
});

test("get has the right bytes of a torrent after kill -9", async () => {
  const torrent = aTorrent("map.vpk", PIECES * 16_384);
  await using folder = await tempFolder();
  await using seeder = await fakeSeeder(torrent);
  await folder.write({ "here/map.torrent": torrent.content, "data/.keep": "" });
  seeder.gives = () => (seeder.blocks < PIECES / 2 ? "data" : "nothing");
  const start = () => {
    const child = spawn(process.execPath, [MAIN, "get", magnetTo(torrent, seeder)], {
      cwd: folder.at("here"),
      env: {
        ...{ PATH: process.env["PATH"], HOME: folder.path, MODFLEET_AGENT_DATA: folder.at("data") },
        ...{ MODFLEET_ALLOW_PRIVATE_SOURCES: "1", MODFLEET_DHT: "0" },
      },
      stdio: ["ignore", "ignore", "pipe"],
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    let err = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
    return { child, ended: once(child, "close"), err: () => err };
  };

  const killed = start();
  await expect.poll(killed.err, PATIENT).toMatch(/Downloading map\.vpk: [45]\d %/);
  killed.child.kill("SIGKILL");
  await killed.ended;
  expect(await readdir(folder.at("here"))).not.toContain("map.vpk");
  seeder.gives = () => "data";

  expect((await start().ended)[0]).toBe(0);
  expect(await readFile(folder.at("here", "map.vpk"))).toEqual(torrent.files["map.vpk"]);
  expect((await readdir(folder.at("here"))).toSorted()).toEqual(["map.torrent", "map.vpk"]);
});
