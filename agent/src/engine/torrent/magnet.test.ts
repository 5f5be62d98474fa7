import fc from "fast-check";
import { expect, test } from "vitest";
import { TorrentError } from "./client.ts";
import { parseMagnet } from "./magnet.ts";

const HASH = "0123456789abcdef0123456789abcdef01234567";

test("parseMagnet() reads what a link says, each address once", () => {
  const more =
    "dn=A%20mod&tr=udp%3A%2F%2Ft%3A80&tr=udp%3A%2F%2Ft%3A80&tr=http://h/a&ws=http://w/&x.pe=1.2.3.4:5&xs=http://x/";

  expect(parseMagnet(`magnet:?xt=urn:btih:${HASH.toUpperCase()}&${more}`)).toEqual({
    infoHash: HASH,
    name: "A mod",
    trackers: ["udp://t:80", "http://h/a"],
    webSeeds: ["http://w/"],
    peers: ["1.2.3.4:5"],
  });
});

test("parseMagnet() bounds what one link may carry", () => {
  const peers = Array.from({ length: 100 }, (_, at) => `x.pe=1.2.3.4:${at + 1}`).join("&");

  expect(parseMagnet(`magnet:?xt=urn:btih:${HASH}&${peers}`).peers).toHaveLength(64);
  expect(() => parseMagnet(`magnet:?xt=urn:btih:${HASH}&dn=${"x".repeat(20_000)}`)).toThrow(TorrentError);
});

test("parseMagnet() answers any text with a magnet or a TorrentError", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.webUrl(),
        fc.string().map((text) => `magnet:?xt=urn:btih:${text}`),
      ),
      (text) => {
        expect(() => parseMagnet(text)).toThrow(TorrentError);
      },
    ),
  );
});
