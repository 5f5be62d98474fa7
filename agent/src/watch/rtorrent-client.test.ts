import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { aTorrent } from "../../test/a-torrent.ts";
import { eventually } from "../../test/eventually.ts";
import { aDownload, fakeRTorrent } from "../../test/fake-rtorrent.ts";
import { hasRTorrent, type RealRTorrent, realRTorrent } from "../../test/real-rtorrent.ts";
import { aListener, aWatch, configOf } from "../../test/watch-bench.ts";

test("createRTorrentClient() takes a torrent that goes between two questions for one without files", async () => {
  await using server = await fakeRTorrent();
  const [one, two] = [aDownload(), aDownload({ hash: "A".repeat(40), name: "two" })];
  server.downloads = [one, two];
  server.hold = async (method) => {
    if (method === "f.multicall") server.downloads = [one];
  };
  const { watch, manager } = aWatch();
  const { heard, listener } = aListener();
  manager.addListener(listener);

  await watch.start([configOf(server)]);
  await eventually(() => expect(heard).toContain("S1 removed two"));

  expect(heard).toEqual(["S1 added payload.bin", "S1 added two", "S1 removed two"]);
});

test("createRTorrentClient() takes no torrent for paused that rests while its data is hashed", async () => {
  await using server = await fakeRTorrent();
  const download = aDownload();
  server.downloads = [download];
  const { watch, manager } = aWatch();
  const { heard, listener } = aListener();
  manager.addListener(listener);
  await watch.start([configOf(server)]);

  Object.assign(download, { active: false, isHashing: true, downloaded: 1_000 });
  await eventually(() => expect(heard).toContain("S1 updated payload.bin downloaded"));
  Object.assign(download, { active: true, isHashing: false, downloaded: download.length });
  await eventually(() => expect(heard).toContain("S1 finished payload.bin"));

  expect(heard.filter((line) => /paused|resumed|active/.test(line))).toEqual([]);
});

/** A watch over a real one, heard from the beginning. */
async function watchingReal(real: RealRTorrent) {
  const bench = aWatch();
  const ear = aListener();
  bench.manager.addListener(ear.listener);
  await bench.watch.start([{ name: "R", url: real.url, interval_check: 20, root_path: real.folder.at("root/") }]);
  return { ...bench, ...ear };
}

if (hasRTorrent) {
  describe("createRTorrentClient() with a real rTorrent", () => {
    test("tells what the manager and what others do", async () => {
      await using real = await realRTorrent();
      const torrent = aTorrent("multi", { "one.bin": 20_000, "sub/two.bin": 30_000 });
      await real.folder.write({ "in.torrent": torrent.content });
      const { manager, heard } = await watchingReal(real);
      const never = new AbortController().signal;

      expect(await manager.createFromTorrent(real.folder.at("in.torrent"))).toMatchObject({
        success: true,
        torrent: { hash: torrent.hash, path: "multi.torrent", files: [{ path: "multi/one.bin" }, { name: "two.bin" }] },
      });
      await eventually(async () => expect(await manager.getOne(torrent.hash)).toMatchObject({ active: true }));
      heard.length = 0;

      expect(await manager.pause(torrent.hash)).toMatchObject({ active: false });
      expect(await manager.resume(torrent.hash)).toMatchObject({ active: true });
      expect(heard).toEqual(["R paused multi", "R resumed multi"]);
      await real.client.pause(torrent.hash, never);
      await eventually(() => expect(heard.slice(2)).toEqual(["R paused multi", "R updated multi active"]));
      await real.client.resume(torrent.hash, never);
      await eventually(() => expect(heard.slice(4)).toEqual(["R resumed multi", "R updated multi active"]));
      await manager.remove(torrent.hash);
      expect(heard.slice(6)).toEqual(["R removed multi"]);
      // rTorrent takes the file that is tied to it along.
      await eventually(() => expect(existsSync(real.folder.at("root/dtorrent/torrent/multi.torrent"))).toBe(false));
    });

    test("finishes data that was there already, and loses nothing over a crash", async () => {
      await using real = await realRTorrent();
      const torrent = aTorrent("payload.bin", 100_000);
      const data = { "in.torrent": torrent.content, "payload.bin": torrent.files["payload.bin"] ?? "" };
      await real.folder.write(data);
      const { manager, heard, errors } = await watchingReal(real);

      const created = await manager.createFromTorrentAndData(
        real.folder.at("in.torrent"),
        real.folder.at("payload.bin"),
      );
      expect(created).toMatchObject({ success: true, torrent: { finished: true, progress: 100, downloaded: 100_000 } });
      await eventually(() => expect(heard).toContain("R finished payload.bin"));
      expect(heard[0]).toBe("R added payload.bin");
      await real.client.call("session.save", [], new AbortController().signal);
      await eventually(async () => expect(await manager.getOne(torrent.hash)).toMatchObject({ active: true }));
      heard.length = 0;

      await real.restart();
      await eventually(() => expect(errors).toHaveLength(1));
      await eventually(async () => expect(await manager.pause(torrent.hash)).toMatchObject({ active: false }));

      expect(heard.filter((line) => /added|removed|finished/.test(line))).toEqual([]);
      expect(errors).toMatchObject([{ server: "R" }]);
    });
  });
}
