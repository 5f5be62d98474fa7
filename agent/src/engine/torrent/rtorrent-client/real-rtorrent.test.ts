import { readdir, readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { aTorrent } from "../../../../test/a-torrent.ts";
import { eventually } from "../../../../test/eventually.ts";
import { fakeSeeder } from "../../../../test/fake-seeder.ts";
import { fixedTracker } from "../../../../test/fixed-tracker.ts";
import { hasRTorrent, realRTorrent } from "../../../../test/real-rtorrent.ts";
import { tempFolder } from "../../../../test/temp-folder.ts";
import { becomes, never, orderOf, writeContent } from "../../../../test/torrent-client-bench.ts";
import { describeTorrentClient } from "../client.contract.ts";
import { createRTorrentTorrentClient } from "./rtorrent-client.ts";

if (hasRTorrent) {
  const open = async () => {
    const real = await realRTorrent({ hasTrackers: true });
    const client = createRTorrentTorrentClient(real.client);
    return { real, client, [Symbol.asyncDispose]: real[Symbol.asyncDispose] };
  };

  describeTorrentClient("createRTorrentTorrentClient() with a real rTorrent", open);

  describe("createRTorrentTorrentClient() with a real rTorrent, beyond the contract", () => {
    test("get() finds the same torrents after the server was killed, and says unreachable in between", async () => {
      await using folder = await tempFolder();
      await using opened = await open();
      const { client, real } = opened;
      const torrent = aTorrent("pack", { "a.bin": 40_000, "b.bin": 50_000 });
      await writeContent(folder, torrent, "pack/");
      await client.add(orderOf(torrent, folder.path, { files: ["pack/b.bin"] }), never);
      await becomes(client, torrent, { phase: "complete" });

      await real.kill();
      await expect(client.get(torrent.hash, never)).rejects.toMatchObject({ problem: "unreachable" });
      await real.restart();

      const known = { folder: folder.path, totalBytes: 50_000, bytes: 50_000, isPaused: false } as const;
      await becomes(client, torrent, { phase: "complete", ...known });
    });

    test("add() brings a torrent file across that is larger than a call may be", async () => {
      await using folder = await tempFolder();
      await using opened = await open();
      const names = Array.from({ length: 4_000 }, (_, index) => [`${index}`.padStart(120, "x"), 1] as const);
      const torrent = aTorrent("pack", Object.fromEntries(names));

      const added = await opened.client.add(orderOf(torrent, folder.at("in"), { isPaused: true }), never);

      expect(torrent.content.length).toBeGreaterThan(524_288);
      expect(added).toMatchObject({ name: "pack", folder: folder.at("in"), totalBytes: 4_000 });
      expect((await readdir(folder.at("in"))).filter((name) => name.endsWith(".torrent"))).toEqual([]);
      const isTied = await opened.real.client.call("d.tied_to_file", [torrent.hash], never);
      expect(isTied).toBe("");
    });

    test("looksForPeers() knows of a server that asks the distributed hash table", async () => {
      await using real = await realRTorrent({ extra: ["dht.mode.set=auto"] });

      expect(await createRTorrentTorrentClient(real.client).looksForPeers(never)).toBe(true);
    });

    test("resume() begins a magnet link that was added paused", async () => {
      await using folder = await tempFolder();
      await using tracker = await fixedTracker();
      await using opened = await open();
      const torrent = aTorrent("payload.bin", 50_000);
      await using seeder = await fakeSeeder(torrent);
      tracker.peers.push(seeder.port);
      const inFolder = folder.at('we "say" \\ $x, (y);z');
      const uri = `magnet:?xt=urn:btih:${torrent.hash}&dn=said&tr=${encodeURIComponent(tracker.url)}`;

      const added = await opened.client.add({ from: { kind: "magnet", uri }, folder: inFolder, isPaused: true }, never);
      await opened.client.resume(torrent.hash, never);

      expect(added).toMatchObject({ isPaused: true, phase: "metadata", name: "said", folder: inFolder });
      await becomes(opened.client, torrent, { phase: "complete", isPaused: false, folder: inFolder });
      expect(await readdir(inFolder)).toEqual(["payload.bin"]);
      expect(await readFile(`${inFolder}/payload.bin`)).toEqual(torrent.files["payload.bin"]);
    });

    test("resume() of a magnet link that was refused says why again", async () => {
      await using folder = await tempFolder();
      await using tracker = await fixedTracker();
      await using opened = await open();
      const torrent = aTorrent("payload.bin", 50_000);
      await using seeder = await fakeSeeder(torrent);
      tracker.peers.push(seeder.port);
      const uri = `magnet:?xt=urn:btih:${torrent.hash}&tr=${encodeURIComponent(tracker.url)}`;
      await opened.client.add({ from: { kind: "magnet", uri }, folder: folder.path, files: ["other.bin"] }, never);
      await becomes(opened.client, torrent, { problem: "The torrent has none of the files that are wanted" });

      await expect(opened.client.resume(torrent.hash, never)).rejects.toMatchObject({ name: "TorrentError" });
    });

    test("list() shows what else the server has, with the files that somebody does not want", async () => {
      await using opened = await open();
      const { client, real } = opened;
      const torrent = aTorrent("pack", { "a.bin": 49_152, "b.bin": 50_000 });
      await real.client.load({ from: torrent.content, start: true }, never);
      await becomes(client, torrent, { phase: "downloading" });

      await real.client.call("f.priority.set", [`${torrent.hash}:f0`, 0], never);
      await real.client.call("d.update_priorities", [torrent.hash], never);

      expect(await client.list(never)).toMatchObject([
        { totalBytes: 50_000, name: "pack", folder: real.folder.at("data") },
      ]);
    });

    test("get() says what a tracker refuses with", async () => {
      await using folder = await tempFolder();
      await using tracker = await fixedTracker();
      await using opened = await open();
      tracker.refuse("not registered");
      const torrent = aTorrent("payload.bin", 50_000, tracker.url);

      await opened.client.add(orderOf(torrent, folder.path), never);

      await becomes(opened.client, torrent, { problem: "The tracker refuses: not registered" });
    });

    test("get() says why content cannot be written", async () => {
      await using folder = await tempFolder();
      await using opened = await open();
      await folder.write({ pack: "a file where the torrent has its folder" });
      const torrent = aTorrent("pack", { "a.bin": 40_000, "b.bin": 50_000 });

      await opened.client.add(orderOf(torrent, folder.path), never);

      await becomes(opened.client, torrent, { problem: expect.stringMatching(/\w/), bytes: 0 });
      await opened.client.remove(torrent.hash, { deleteData: true }, never);
      expect(await readFile(folder.at("pack"), "utf8")).toMatch(/^a file/);
    });

    test("setLimits() reaches the server in KiB, and no limit is none", async () => {
      await using opened = await open();
      const { client, real } = opened;
      const limit = async (way: string) => real.client.call(`throttle.global_${way}.max_rate`, [], never);

      await client.setLimits({ downRate: 1_000_000, upRate: 1 }, never);
      expect([await limit("down"), await limit("up")]).toEqual([977 * 1024, 1024]);
      await client.setLimits({ downRate: null, upRate: 5 * 1024 }, never);
      expect([await limit("down"), await limit("up")]).toEqual([0, 5 * 1024]);
      await eventually(() => expect(client.tool).toMatch(/^rtorrent \d/));
    });
  });
}
