import { describe, expect, test } from "vitest";
import { aTorrent } from "../../../test/a-torrent.ts";
import { parseMagnet } from "./magnet.ts";
import { parseMetainfo } from "./metainfo.ts";
import { hasMoreAddresses, isDeadEnd, joinWays, orderOf, type Ways, waysOf } from "./ways.ts";

const TORRENT = aTorrent("map.bsp", 40_000, "http://one.example.org/announce");
const HASH = TORRENT.hash.toLowerCase();
const ofMagnet = (rest = ""): Ways => waysOf({ kind: "magnet", uri: `magnet:?xt=urn:btih:${HASH}${rest}` });
const ofFile = (): Ways => waysOf({ kind: "metainfo", bytes: TORRENT.content });
const RICH =
  "&dn=a%20map&tr=udp%3A%2F%2Ftwo.example.org%3A80&ws=http%3A%2F%2Fseed.example.org%2F&x.pe=192.0.2.1%3A6881";

describe("joinWays()", () => {
  test("joinWays() answers with what was known where nothing is new", () => {
    const known = joinWays(ofFile(), ofMagnet(RICH));

    expect(joinWays(known, ofMagnet(RICH))).toBe(known);
    expect(joinWays(known, ofFile())).toBe(known);
    expect(joinWays(known, ofMagnet())).toBe(known);
  });

  test("joinWays() brings metainfo and addresses together, each once", () => {
    const ways = joinWays(joinWays(ofMagnet(), ofMagnet(RICH)), ofFile());

    expect(ways).toMatchObject({ infoHash: HASH, metainfo: TORRENT.content, name: "a map" });
    expect(ways.trackers).toEqual(["udp://two.example.org:80", "http://one.example.org/announce"]);
    expect([ways.webSeeds, ways.peers]).toEqual([["http://seed.example.org/"], ["192.0.2.1:6881"]]);
  });

  test("joinWays() tells nobody but its own trackers of a private torrent", () => {
    const closed: Ways = { ...ofFile(), isPrivate: true };

    expect(joinWays(ofMagnet(RICH), closed)).toBe(closed);
    expect(joinWays(closed, ofMagnet(RICH))).toBe(closed);
  });

  test("hasMoreAddresses() sees what is new, and isDeadEnd() where nobody is", () => {
    expect(hasMoreAddresses(ofMagnet(RICH), ofFile())).toBe(true);
    expect(hasMoreAddresses(ofMagnet(), ofFile())).toBe(false);
    expect(isDeadEnd(ofMagnet())).toBe(true);
    expect(isDeadEnd(ofMagnet("&ws=http%3A%2F%2Fseed.example.org%2F"))).toBe(true);
    expect(isDeadEnd(ofMagnet("&x.pe=192.0.2.1%3A6881"))).toBe(false);
    expect(isDeadEnd(ofFile())).toBe(false);
  });
});

describe("orderOf()", () => {
  test("orderOf() writes a magnet link that reads as it was", () => {
    const { from } = orderOf(ofMagnet(RICH));

    expect(from.kind === "magnet" && parseMagnet(from.uri)).toEqual({
      ...{ infoHash: HASH, name: "a map", trackers: ["udp://two.example.org:80"] },
      ...{ webSeeds: ["http://seed.example.org/"], peers: ["192.0.2.1:6881"] },
    });
  });

  test("orderOf() writes a link that clients read, however many addresses there are", () => {
    const trackers = Array.from({ length: 64 }, (_, at) => `http://${at}.example.org/${"x".repeat(400)}`);
    const { from } = orderOf({ ...ofMagnet(), trackers });

    expect(from.kind === "magnet" && parseMagnet(from.uri).trackers.length).toBeGreaterThan(30);
  });

  test("orderOf() hands a torrent file on as it is where there is no more to say", () => {
    expect(orderOf(ofFile())).toEqual({ from: { kind: "metainfo", bytes: TORRENT.content } });
  });

  test("orderOf() writes all addresses into a torrent file, and leaves the torrent the same", () => {
    const { from, peers } = orderOf(joinWays(ofFile(), ofMagnet(RICH)));

    expect(from.kind === "metainfo" && parseMetainfo(from.bytes)).toEqual({
      ...parseMetainfo(TORRENT.content),
      trackers: ["http://one.example.org/announce", "udp://two.example.org:80"],
      webSeeds: ["http://seed.example.org/"],
    });
    expect(peers).toEqual(["192.0.2.1:6881"]);
  });
});
