import { expect, onTestFinished, test } from "vitest";
import { aTorrent } from "../../../../test/a-torrent.ts";
import { embedded, never, untilStatus } from "../../../../test/embedded-torrents.ts";
import { fakeHttpTracker, fakeUdpTracker } from "../../../../test/fake-tracker.ts";
import { hostilePeer } from "../../../../test/hostile-peer.ts";
import { serving } from "../../../../test/http-file-server.ts";
import { tempFolder } from "../../../../test/temp-folder.ts";
import { createSourceAgent } from "../../http/open-source.ts";
import { HTTP_LIMITS } from "../../options.ts";
import { parseMetainfo } from "../metainfo.ts";
import { fetchWebSeed } from "./fetch-web-seed.ts";
import { mayReach, parsePeerAddress, peerAddressText } from "./peer-address.ts";

const PRIVATE = /private address/;

test.each([
  ["http", fakeHttpTracker],
  ["udp", fakeUdpTracker],
])(
  "createEmbeddedClient() asks no tracker over %s and no peer on this machine, by name or by number",
  async (_, start) => {
    await using folder = await tempFolder();
    await using tracker = await start();
    await using peer = await hostilePeer(() => undefined);
    await using client = await embedded({ allowPrivate: false });
    for (const host of ["127.0.0.1", "localhost", "[::1]", "2130706433", "[::ffff:127.0.0.1]"]) {
      const { hash } = aTorrent();
      const trackerUrl = encodeURIComponent(tracker.url.replace("127.0.0.1", host));
      const uri = `magnet:?xt=urn:btih:${hash}&tr=${trackerUrl}&x.pe=${host}:${peer.port}&xs=http://${host}:${peer.port}/`;

      await client.add({ from: { kind: "magnet", uri }, folder: folder.path }, never);

      // Peers of the link are tried before the tracker is.
      await untilStatus(client, hash, { problem: expect.stringMatching(PRIVATE) });
    }
    expect(tracker.heard).toEqual([]);
    expect(peer.connections).toBe(0);
  },
);

test("fetchWebSeed() asks no server on this machine, by name or by number, or where a redirect leads there", async () => {
  const { url, requests } = await serving((_request, response) => response.end("secret"));
  const metainfo = parseMetainfo(aTorrent("one.bin", 100).content);
  const reach = { agent: createSourceAgent(false, HTTP_LIMITS), allowPrivate: false, httpLimits: HTTP_LIMITS };
  onTestFinished(() => reach.agent.destroy());
  const range = { start: 0, length: 100, signal: never };

  for (const host of ["127.0.0.1", "localhost", "[::1]", "2130706433"]) {
    const seed = url.replace("127.0.0.1", host);
    await expect(fetchWebSeed(seed, metainfo, reach, range), host).rejects.toThrow(PRIVATE);
  }
  await expect(fetchWebSeed("file:///etc/passwd", metainfo, reach, range)).rejects.toThrow("file:");
  expect(requests).toEqual([]);
});

test("startWebSeeds() and trackers know no file: and no ws:", async () => {
  await using folder = await tempFolder();
  await using client = await embedded();
  const { hash } = aTorrent();
  const odd = ["file:///etc/passwd", "ws://127.0.0.1:1/", "wss://127.0.0.1:1/", "nonsense", ""];
  const uri = `magnet:?xt=urn:btih:${hash}&${odd.map((url) => `tr=${encodeURIComponent(url)}&ws=${encodeURIComponent(url)}`).join("&")}`;

  expect(await client.add({ from: { kind: "magnet", uri }, folder: folder.path }, never)).toMatchObject({
    problem: null,
  });
});

test.each([
  ["127.0.0.1:80", false],
  ["10.0.0.1:80", false],
  ["192.168.1.1:80", false],
  ["169.254.169.254:80", false],
  ["100.64.0.1:80", false],
  ["0.0.0.0:80", false],
  ["224.0.0.1:80", false],
  ["[::1]:80", false],
  ["[::ffff:10.0.0.1]:80", false],
  ["[fe80::1]:80", false],
  ["[fd00::1]:80", false],
  ["127.1:80", null],
  ["0177.0.0.1:80", false],
  ["localhost:80", null],
  ["1.2.3.4:0", null],
  ["1.2.3.4:65536", null],
  ["1.2.3.4", null],
  ["1.2.3.4:80", true],
  ["[2606:4700::1]:80", true],
])("mayReach() of %s is %s", (text, isReachable) => {
  const address = parsePeerAddress(text);

  expect(address === null ? null : mayReach(address, false)).toBe(isReachable);
  if (address !== null) expect(parsePeerAddress(peerAddressText(address))).toEqual(address);
});
