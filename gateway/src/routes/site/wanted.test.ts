import { expect, test } from "vitest";
import { type Wanted, wantedFrom } from "./wanted.ts";

const MAGNET = `magnet:?xt=urn:btih:${"a".repeat(40)}`;

test.each<[string, Wanted]>([
  [" 2925604173 ", { kind: "item", id: "2925604173" }],
  ["https://steamcommunity.com/sharedfiles/filedetails/?id=7", { kind: "item", id: "7" }],
  [" https://host.example/a.zip\n", { kind: "source", source: { kind: "http", url: "https://host.example/a.zip" } }],
  [
    "http://host.example/a.TORRENT?x=1",
    { kind: "source", source: { kind: "torrent", torrentUrl: "http://host.example/a.TORRENT?x=1" } },
  ],
  [MAGNET, { kind: "source", source: { kind: "torrent", magnet: MAGNET } }],
])("wantedFrom(%j) is %j", (text, wanted) => {
  expect(wantedFrom(text)).toEqual(wanted);
});

test.each([
  ...["", "junk", "host.example/a.zip", "ftp://host.example/a", "javascript:alert(1)", "file:///etc/passwd"],
  ...["magnet:?dn=x", "https://steamcommunity.com/app/550", `https://host.example/${"a".repeat(3_000)}`],
])("wantedFrom() makes nothing of %j", (text) => {
  expect(wantedFrom(text)).toBeNull();
});
