import fc from "fast-check";
import { expect, test } from "vitest";
import { nameOfSource, plainName } from "./plain-name.ts";

const HASH = "0123456789abcdef0123456789abcdef01234567";
const http = (url: string) => nameOfSource({ kind: "http", url });

test.each([
  ["https://host.example/files/My%20Map%2B.zip?token=1#top", "My Map+.zip"],
  ["https://host.example/%D0%9A%D0%B0%D1%80%D1%82%D0%B0.zip", "Карта.zip"],
  ["https://host.example/folder/", "folder"],
  ["https://host.example/", "host.example"],
  ["https://host.example/..%2F..%2Fetc%2Fpasswd", "passwd"],
  ["https://host.example/a%00b%0Ac%E2%80%AEtxt.exe", "a b c txt.exe"],
  ["https://host.example/%zz%", "%zz%"],
  ["https://host.example/%20%0A", "host.example"],
])("nameOfSource() of %s is %s", (url, name) => {
  expect(http(url)).toBe(name);
});

test.each([
  [{ magnet: `magnet:?xt=urn:btih:${HASH}&dn=Big+Map%0A2` }, "Big Map 2"],
  [{ magnet: `magnet:?xt=urn:btih:${HASH}` }, HASH],
  [{ magnet: `magnet:?xt=urn:btih:${HASH}`, torrentUrl: "https://h.example/Nice.torrent" }, "Nice"],
  [{ torrentUrl: "https://h.example/x/Nice%20One.TORRENT" }, "Nice One"],
  [{ torrentUrl: "https://h.example/.torrent" }, ".torrent"],
])("nameOfSource() of the torrent %j is %s", (torrent, name) => {
  expect(nameOfSource({ kind: "torrent", ...torrent })).toBe(name);
});

test("plainName() is one short visible line, whatever it is made of", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 400 }), (text) => {
      const name = plainName(text);
      expect([...name].length).toBeLessThanOrEqual(200);
      expect(name).not.toMatch(/[\p{Cc}\p{Cf}]|^\s|\s$/u);
      expect(name.isWellFormed()).toBe(true);
    }),
    { numRuns: 50 },
  );
});
