import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { aTorrent } from "../test/a-torrent.ts";
import { eventually } from "../test/eventually.ts";
import { codeOf, contentOf } from "../test/fake-steamcmd-engine.ts";
import { hasRTorrent, realRTorrent } from "../test/real-rtorrent.ts";
import { hashOf, served, textsOf } from "../test/torrent-stage.ts";
import { jobsInEveryForm, PACK, SINGLE, torrentSwarm } from "../test/torrent-swarm.ts";

const never = new AbortController().signal;

if (hasRTorrent) {
  describe("torrentEngineOf() with a real rTorrent", () => {
    test("fetch() brings a folder's files from a peer, and has them seeded", async () => {
      await using real = await realRTorrent({ hasTrackers: true });
      const { torrent, request, start } = await torrentSwarm(PACK);
      const engine = start(real.url);

      const outcome = await engine.fetch(request({ torrentUrl: await served(torrent.content) }));

      expect(await contentOf(outcome)).toEqual(textsOf(torrent, "a.bin", "sub/b.bin", "empty"));
      expect(outcome).toMatchObject({ fetched: { tool: expect.stringMatching(/^rtorrent \d/), name: "pack" } });
      expect(await real.client.get(torrent.hash, never)).toMatchObject({ isComplete: true, isActive: true });
      await engine.close?.();
      expect(await real.client.get(torrent.hash, never)).toMatchObject({ isComplete: true, isActive: false });
      start(real.url);
      await eventually(async () => {
        expect(await real.client.get(torrent.hash, never)).toMatchObject({ isComplete: true, isActive: true });
      });
      expect(await engine.check(never)).toMatchObject({ ok: true, version: expect.stringMatching(/^rtorrent \d/) });
    });

    test("fetch() brings the files that were picked of a magnet link", async () => {
      await using real = await realRTorrent({ hasTrackers: true });
      const { torrent, request, start, magnet } = await torrentSwarm(PACK);

      const outcome = await start(real.url).fetch(request({ magnet, files: ["sub/b.bin"] }));

      expect(await contentOf(outcome)).toEqual(textsOf(torrent, "sub/b.bin"));
    });

    test("fetch() of a torrent file helps the bare magnet link of another job", async () => {
      await using real = await realRTorrent({ hasTrackers: true });
      const { torrent, request, start, folder } = await torrentSwarm(PACK);
      const engine = start(real.url);
      const magnet = `magnet:?xt=urn:btih:${hashOf(torrent)}`;
      const waiting = engine.fetch({ ...request({ magnet, files: ["a.bin"] }), folder: folder.at("waiting") });
      await eventually(async () => expect(await real.client.list(never)).toHaveLength(1));

      const outcome = await engine.fetch(request({ torrentUrl: await served(torrent.content), files: ["sub/b.bin"] }));

      expect(await contentOf(outcome)).toEqual(textsOf(torrent, "sub/b.bin"));
      expect(await contentOf(await waiting)).toEqual(textsOf(torrent, "a.bin"));
    });

    test("fetch() brings jobs of one torrent in different forms to an end, whatever they pick", async () => {
      await using real = await realRTorrent({ hasTrackers: true });
      const swarm = await torrentSwarm(PACK);
      const engine = swarm.start(real.url);
      const { requests, expected } = await jobsInEveryForm(swarm);

      const outcomes = await Promise.all(requests.map(engine.fetch));

      expect(await Promise.all(outcomes.map(contentOf))).toEqual(expected);
    });

    test("close() leaves nothing on the server of what is not finished, and its data for the next start", async () => {
      await using real = await realRTorrent({ hasTrackers: true });
      const { torrent, request, start, seeder } = await torrentSwarm(SINGLE);
      const engine = start(real.url);
      seeder.gives = () => (seeder.blocks < 9 ? "data" : "nothing");
      const fetching = engine.fetch(request({ torrentUrl: await served(torrent.content) }));
      await eventually(() => expect(seeder.blocks).toBe(9));

      await engine.close?.();

      expect(await fetching).toEqual({ kind: "cancelled" });
      expect(await real.client.list(never)).toEqual([]);
    });

    test("fetch() refuses a magnet link's torrent that is too large or unsafe, and the server has it no more", async () => {
      await using real = await realRTorrent({ hasTrackers: true });
      const large = await torrentSwarm(SINGLE);
      const unsafe = await torrentSwarm((announce) => aTorrent("pack", { "con.bin": 50_000 }, announce));

      expect(codeOf(await large.start(real.url).fetch({ ...large.request(large), maxBytes: 299_999 }))).toBe(
        "too_large",
      );
      expect(codeOf(await unsafe.start(real.url).fetch(unsafe.request(unsafe)))).toBe("unsafe_content");

      expect(await real.client.list(never)).toEqual([]);
      expect(existsSync(large.folder.at("data/torrents/data", hashOf(large.torrent)))).toBe(false);
    });

    test("fetch() outlives a server that restarts in the middle", async () => {
      await using real = await realRTorrent({ hasTrackers: true });
      const { torrent, request, start, seeder } = await torrentSwarm(SINGLE);
      seeder.gives = () => (seeder.blocks < 9 ? "data" : "nothing");
      const fetching = start(real.url).fetch(request({ torrentUrl: await served(torrent.content) }));
      await eventually(() => expect(seeder.blocks).toBe(9));

      await real.restart();
      seeder.gives = () => "data";

      expect(await contentOf(await fetching)).toEqual(textsOf(torrent, "map.bsp"));
    });
  });
}
