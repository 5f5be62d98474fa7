import { sourceKey } from "@modfleet/protocol";
import { expect, test } from "vitest";
import type { Elsewhere } from "./delivered.ts";
import { withFurther } from "./further-addresses.ts";

const HASH = "b".repeat(40);
const magnet = (...more: string[]): Elsewhere => ({
  kind: "torrent",
  magnet: [`magnet:?xt=urn:btih:${HASH}`, ...more].join("&"),
});
const file = (...mirrors: string[]): Elsewhere => ({
  ...{ kind: "http", url: "https://a.example/f", sha256: "a".repeat(64) },
  ...(mirrors.length === 0 ? {} : { mirrors }),
});

test("withFurther() adds mirrors behind its own, each once, and not the address itself", () => {
  const other = file("https://c.example/f", "https://b.example/f", "https://a.example/f");

  expect(withFurther(file("https://b.example/f"), other)).toEqual(file("https://b.example/f", "https://c.example/f"));
  expect(withFurther(file(), file())).toEqual(file());
  const many = Array.from({ length: 16 }, (_, n) => `https://${n}.example/f`);
  expect(withFurther(file(...many), other)).toEqual(file(...many));
});

test("withFurther() adds trackers, web seeds and peers to a magnet link, and nothing else of it", () => {
  const other = magnet(
    "tr.1=udp://t.example:1",
    "dn=Name",
    "ws=http://w.example/",
    "x.pe=192.0.2.1:5",
    "tr=udp://u.example:2",
  );
  const whole = withFurther(magnet("tr=udp%3A%2F%2Fu.example%3A2"), other);

  expect(whole).toEqual(
    magnet(
      "tr=udp%3A%2F%2Fu.example%3A2",
      ...["tr=udp%3A%2F%2Ft.example%3A1", "ws=http%3A%2F%2Fw.example%2F", "x.pe=192.0.2.1%3A5"],
    ),
  );
  expect([sourceKey(whole), withFurther(whole, other)]).toEqual([sourceKey(other), whole]);
});

test("withFurther() leaves a source as it is that would become too long, or is known by its address alone", () => {
  const long = magnet(`tr=udp://${"t".repeat(8_000)}.example`);
  const torrent: Elsewhere = { kind: "torrent", torrentUrl: "https://a.example/t.torrent" };

  expect(withFurther(long, magnet(`tr=udp://${"u".repeat(200)}.example`))).toEqual(long);
  expect(withFurther(torrent, torrent)).toEqual(torrent);
});
