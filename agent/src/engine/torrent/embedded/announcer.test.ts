import { expect, test } from "vitest";
import { aTorrent, bencode } from "../../../../test/a-torrent.ts";
import { embedded, never, QUICK_LIMITS, seed, untilStatus } from "../../../../test/embedded-torrents.ts";
import { eventually } from "../../../../test/eventually.ts";
import { type FakeTracker, fakeHttpTracker, fakeUdpTracker } from "../../../../test/fake-tracker.ts";
import { serving } from "../../../../test/http-file-server.ts";
import { tempFolder } from "../../../../test/temp-folder.ts";
import { readAnnounced } from "./announce-http.ts";

const eventsOf = (tracker: FakeTracker, peerId: string) =>
  tracker.heard.filter((one) => one.peerId === peerId).map(({ event }) => event);

test.each([
  ["http", () => fakeHttpTracker()],
  ["http with a list", () => fakeHttpTracker({ isCompact: false })],
  ["udp", () => fakeUdpTracker({ lost: 1 })],
])("startAnnouncer() brings peers together over %s, and tells how it goes", async (_, start) => {
  await using folder = await tempFolder();
  await using tracker = await start();
  tracker.peers.push({ ip: "1.1.1.1", port: 0 }, { ip: "127.0.0.1", port: 1 });
  const limits = { ...QUICK_LIMITS, datagramMs: 50 };
  await using seeder = await embedded({ limits });
  const leecher = await embedded({ limits });
  const torrent = aTorrent("one.bin", 200_000, tracker.url);
  await seed(folder, { client: seeder, torrent, name: "one.bin" });
  await eventually(() => expect(tracker.heard).toHaveLength(1));

  const uri = `magnet:?xt=urn:btih:${torrent.hash}&tr=${encodeURIComponent(tracker.url)}`;
  await leecher.add({ from: { kind: "magnet", uri }, folder: folder.at("got") }, never);
  await untilStatus(leecher, torrent.hash, { phase: "complete", problem: null });
  await eventually(() => expect(eventsOf(tracker, leecher.peerId)).toContain("completed"));
  await leecher.close();

  expect(tracker.heard[0]).toMatchObject({
    ...{ infoHash: torrent.hash.toLowerCase(), peerId: seeder.peerId, port: seeder.port, event: "started", left: 0 },
  });
  expect(eventsOf(tracker, leecher.peerId).at(-1)).toBe("stopped");
  // What was complete from the start is no download.
  expect(eventsOf(tracker, seeder.peerId)).not.toContain("completed");
});

test.each([
  ["http", fakeHttpTracker],
  ["udp", fakeUdpTracker],
])("startAnnouncer() tells why a tracker over %s refuses until it does not", async (_, start) => {
  await using folder = await tempFolder();
  await using tracker = await start();
  await using client = await embedded();
  tracker.refuse("Not registered here");
  const { content, hash } = aTorrent("one.bin", 10, tracker.url);
  await client.add({ from: { kind: "metainfo", bytes: content }, folder: folder.path }, never);

  await untilStatus(client, hash, { problem: `${tracker.url}: Not registered here`, phase: "downloading" });
  tracker.refuse(null);

  await untilStatus(client, hash, { problem: null });
});

test.each([
  ["a page", (response: { end(text: string): void }) => response.end("<html>")],
  ["too much", (response: { end(text: string): void }) => response.end("x".repeat(100_000))],
  ["a broken answer", (response: { destroy(): void }) => response.destroy()],
] as const)("startAnnouncer() bears %s", async (_, answer) => {
  await using folder = await tempFolder();
  await using client = await embedded({ limits: { ...QUICK_LIMITS, announceBytesMax: 50_000 } });
  const { url } = await serving((_request, response) => {
    response.writeHead(200, { "content-type": "text/html" });
    response.flushHeaders();
    answer(response);
  });
  const { content, hash } = aTorrent("one.bin", 10, `${url}announce?key=1`);
  await client.add({ from: { kind: "metainfo", bytes: content }, folder: folder.path }, never);

  await untilStatus(client, hash, { problem: expect.stringContaining(url) });
});

test("readAnnounced() reads compact addresses of both kinds and leaves out what is none", () => {
  const six = Buffer.from("20010db8000000000000000000000001" + "1ae1", "hex");
  const four = Buffer.from([1, 2, 3, 4, 0x1a, 0xe1, 9]);

  expect(readAnnounced(bencode({ interval: 60, peers: four, peers6: six }))).toEqual({
    intervalMs: 60_000,
    peers: ["1.2.3.4:6881", "[2001:db8:0:0:0:0:0:1]:6881"],
  });
  expect(readAnnounced(bencode({ peers: [7, { ip: "::1", port: 5 }, { ip: "a" }] }))).toEqual({
    intervalMs: null,
    peers: ["[::1]:5"],
  });
  expect(() => readAnnounced(bencode(["x"]))).toThrow("nonsense");
});
