import { randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { aTorrent } from "../../../../test/a-torrent.ts";
import {
  embedded,
  magnetTo,
  never,
  QUICK_LIMITS,
  readBytes,
  seed,
  untilStatus,
} from "../../../../test/embedded-torrents.ts";
import { fixedTracker } from "../../../../test/fixed-tracker.ts";
import { hungUp } from "../../../../test/hostile-peer.ts";
import { hasRTorrent, realRTorrent } from "../../../../test/real-rtorrent.ts";
import { tempFolder } from "../../../../test/temp-folder.ts";
import { becomes, orderOf, writeContent } from "../../../../test/torrent-client-bench.ts";
import { createRTorrentTorrentClient } from "../rtorrent-client/rtorrent-client.ts";

/** An rTorrent that speaks with other peers as `encryption` says; its own default where that is empty. */
async function rTorrent(encryption: readonly string[]) {
  const real = await realRTorrent({ hasTrackers: true });
  if (encryption.length > 0) await real.client.call("protocol.encryption.set", ["", ...encryption], never);
  return { real, client: createRTorrentTorrentClient(real.client), [Symbol.asyncDispose]: real[Symbol.asyncDispose] };
}

/** A port where nothing answers over TCP, and datagrams reach the client at `target`, from one caller. */
async function utpRelay(target: number): Promise<AsyncDisposable & { port: number }> {
  const [front, back] = [createSocket("udp4"), createSocket("udp4")];
  let caller = 0;
  front.on("message", (bytes, { port }) => {
    caller = port;
    back.send(bytes, target, "127.0.0.1");
  });
  back.on("message", (bytes) => front.send(bytes, caller, "127.0.0.1"));
  front.bind(0, "127.0.0.1");
  await once(front, "listening");
  const dispose = async (): Promise<void> => {
    for (const socket of [front, back]) socket.close();
  };
  return { port: front.address().port, [Symbol.asyncDispose]: dispose };
}

const MANNERS: [string, string[]][] = [
  ["default settings", []],
  ["encrypted handshakes only", ["allow_incoming", "try_outgoing", "require"]],
  ["everything encrypted", ["allow_incoming", "try_outgoing", "require", "require_RC4"]],
];

if (hasRTorrent) {
  describe("createEmbeddedClient() and an rTorrent with", () => {
    test.each(MANNERS)("%s, which has what is wanted", async (_, encryption) => {
      await using folder = await tempFolder();
      await using server = await rTorrent(encryption);
      await using leecher = await embedded();
      const torrent = aTorrent("pack", { "a.bin": 400_000, "sub/b.bin": 300_000 });
      await writeContent(folder, torrent, "seed/pack/");
      await server.client.add(orderOf(torrent, folder.at("seed")), never);
      await becomes(server.client, torrent, { phase: "complete" });
      const port = Number(await server.real.client.call("network.listen.port", [], never));

      const from = { kind: "magnet", uri: magnetTo(torrent, { port }) } as const;
      await leecher.add({ from, folder: folder.at("got") }, never);

      await untilStatus(leecher, torrent.hash, { phase: "complete", bytes: 700_000 });
      expect(await readBytes(folder, "got/pack/sub/b.bin")).toEqual(torrent.files["sub/b.bin"]);
    });

    test.each(MANNERS)("%s, which wants what is here", async (_, encryption) => {
      await using folder = await tempFolder();
      await using seeder = await embedded();
      await using tracker = await fixedTracker([seeder.port]);
      await using server = await rTorrent(encryption);
      const torrent = aTorrent("one.bin", 700_000, tracker.url);
      await seed(folder, { client: seeder, torrent, name: "one.bin" });

      await server.client.add(orderOf(torrent, folder.at("got")), never);

      await becomes(server.client, torrent, { phase: "complete" });
      expect(await readBytes(folder, "got/one.bin")).toEqual(torrent.files["one.bin"]);
    });
  });
}

test("createEmbeddedClient() reaches a peer that speaks uTP alone", async () => {
  await using folder = await tempFolder();
  await using seeder = await embedded();
  await using relay = await utpRelay(seeder.port);
  await using tracker = await fixedTracker([relay.port]);
  await using leecher = await embedded();
  const torrent = aTorrent("one.bin", 200_000, tracker.url);
  await seed(folder, { client: seeder, torrent, name: "one.bin" });

  await leecher.add(orderOf(torrent, folder.at("got")), never);

  await untilStatus(leecher, torrent.hash, { phase: "complete" });
  expect(leecher.peers(torrent.hash)).toMatchObject([{ over: "utp", address: `127.0.0.1:${relay.port}` }]);
});

test.each([
  ["a key that is none", Buffer.alloc(96)],
  ["a key and nothing of use", Buffer.concat([randomBytes(96).fill(7, 0, 1), Buffer.alloc(2_000, 1)])],
])("hardenWires() hangs up on a peer that begins to encrypt with %s, and others are served", async (_, bytes) => {
  await using folder = await tempFolder();
  await using client = await embedded({ limits: { ...QUICK_LIMITS, handshakeMs: 500 } });
  const torrent = aTorrent("one.bin", 50_000);
  await seed(folder, { client, torrent, name: "one.bin" });

  await hungUp(client.port, bytes);

  await using leecher = await embedded();
  await leecher.add({ from: { kind: "magnet", uri: magnetTo(torrent, client) }, folder: folder.at("got") }, never);
  await untilStatus(leecher, torrent.hash, { phase: "complete" });
});
