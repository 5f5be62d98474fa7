import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { aTorrent, type TestTorrent } from "../../../test/a-torrent.ts";
import { eventually } from "../../../test/eventually.ts";
import { fakeSeeder } from "../../../test/fake-seeder.ts";
import { fixedTracker } from "../../../test/fixed-tracker.ts";
import { tempFolder } from "../../../test/temp-folder.ts";
import { becomes, hashOf, never, type OpenClient, orderOf } from "../../../test/torrent-client-bench.ts";

/** What a torrent client promises about getting files from peers. */
export function sharing(open: OpenClient): void {
  test("add() downloads from a peer that the tracker names, and the right bytes are on disk", async () => {
    await using folder = await tempFolder();
    await using tracker = await fixedTracker();
    await using opened = await open();
    const torrent = aTorrent("pack", { "a.bin": 40_000, "sub/b.bin": 300_000, empty: 0 }, tracker.url);
    await using seeder = await fakeSeeder(torrent);
    tracker.peers.push(seeder.port);

    await opened.client.add(orderOf(torrent, folder.path), never);

    await becomes(opened.client, torrent, { phase: "complete", bytes: 340_000, problem: null });
    for (const [path, bytes] of Object.entries(torrent.files)) {
      expect(await readFile(folder.at("pack", path))).toEqual(bytes);
    }
    expect(tracker.announces[0]).toMatchObject({ infoHash: hashOf(torrent), left: 340_000 });
  });

  test("add() downloads the files that are wanted, and is complete with them", async () => {
    await using folder = await tempFolder();
    await using tracker = await fixedTracker();
    await using opened = await open();
    const torrent = aTorrent("pack", { "a.bin": 163_840, "b.bin": 50_000 }, tracker.url);
    await using seeder = await fakeSeeder(torrent);
    tracker.peers.push(seeder.port);

    await opened.client.add(orderOf(torrent, folder.path, { files: ["pack/b.bin"] }), never);

    await becomes(opened.client, torrent, { phase: "complete", bytes: 50_000, totalBytes: 50_000 });
    expect(await readFile(folder.at("pack/b.bin"))).toEqual(torrent.files["b.bin"]);
    expect(seeder.blocks).toBeLessThan(10);
  });
}

/** What a torrent client promises about magnet links. */
export function magnets(open: OpenClient): void {
  const magnetOf = (torrent: TestTorrent, tracker: string): string =>
    `magnet:?xt=urn:btih:${torrent.hash.toLowerCase()}&dn=given%20name&tr=${encodeURIComponent(tracker)}`;

  test("add() of a magnet link waits for metadata in the phase of that name", async () => {
    await using folder = await tempFolder();
    await using tracker = await fixedTracker();
    await using opened = await open();
    const torrent = aTorrent();
    const uri = magnetOf(torrent, tracker.url);

    const added = await opened.client.add({ from: { kind: "magnet", uri }, folder: folder.at("in") }, never);

    const nothing = { infoHash: hashOf(torrent), phase: "metadata", totalBytes: null, bytes: 0 };
    expect(added).toMatchObject({ ...nothing, folder: folder.at("in") });
    expect(await opened.client.files(torrent.hash, never)).toEqual([]);
    expect(await opened.client.list(never)).toMatchObject([nothing]);
    await opened.client.remove(torrent.hash, { deleteData: true }, never);
    expect(await opened.client.list(never)).toEqual([]);
  });

  test("add() of a magnet link gets metadata and the wanted files from a peer", async () => {
    await using folder = await tempFolder();
    await using tracker = await fixedTracker();
    await using opened = await open();
    const torrent = aTorrent("pack", { "a.bin": 163_840, "b.bin": 50_000 });
    await using seeder = await fakeSeeder(torrent);
    tracker.peers.push(seeder.port);
    const from = { kind: "magnet", uri: magnetOf(torrent, tracker.url) } as const;

    await opened.client.add({ from, folder: folder.at("in"), files: ["pack/b.bin"] }, never);

    const wanted = { phase: "complete", name: "pack", bytes: 50_000, totalBytes: 50_000 } as const;
    await becomes(opened.client, torrent, { ...wanted, folder: folder.at("in") });
    expect(await readFile(folder.at("in/pack/b.bin"))).toEqual(torrent.files["b.bin"]);
  });

  test("add() stops a magnet link whose torrent is larger than maxBytes, and says so", async () => {
    await using folder = await tempFolder();
    await using tracker = await fixedTracker();
    await using opened = await open();
    const torrent = aTorrent("payload.bin", 200_000);
    await using seeder = await fakeSeeder(torrent);
    tracker.peers.push(seeder.port);
    seeder.gives = () => "nothing";
    const from = { kind: "magnet", uri: magnetOf(torrent, tracker.url) } as const;

    await opened.client.add({ from, folder: folder.path, maxBytes: 199_999 }, never);

    const status = await eventually(async () => {
      const now = await opened.client.get(torrent.hash, never);
      expect(now).toMatchObject({ isPaused: true, bytes: 0 });
      return now;
    });
    expect(status?.problem).toMatch(/199999/);
  });
}
