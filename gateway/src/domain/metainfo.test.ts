import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { bdecode } from "../../test/bdecode.ts";
import { noise, piecesOf } from "../../test/pieces.ts";
import { bencode } from "./bencode.ts";
import { archiveFileName, type MetainfoInput, metainfo } from "./metainfo.ts";

const BYTES = noise(700);
const PIECES = piecesOf(BYTES, 256);
const INPUT: MetainfoInput = {
  version: { mod: "42", key: "7382051923482930174", publishedAt: 1_795_000_000_999, archive: { bytes: 700 } },
  pieces: PIECES,
  webSeed: "https://mods.example/api/mods/42/versions/7382051923482930174/archive",
  trackers: [],
};

function read(changes: Partial<MetainfoInput> = {}) {
  const decoded = bdecode(metainfo({ ...INPUT, ...changes }));
  if (!(decoded instanceof Map)) throw new Error("No dictionary");
  return decoded;
}

const texts = (value: unknown): unknown =>
  Array.isArray(value) ? value.map(texts) : Buffer.isBuffer(value) ? value.toString() : value;

test("metainfo() describes the zip, who made the torrent and where the bytes are", () => {
  const decoded = read();

  expect([...decoded.keys()]).toEqual(["created by", "creation date", "info", "url-list"]);
  expect(texts(decoded.get("created by"))).toBe("modfleet");
  expect(decoded.get("creation date")).toBe(1_795_000_000);
  expect(texts(decoded.get("url-list"))).toEqual([INPUT.webSeed]);
  expect(decoded.get("info")).toEqual(
    new Map<string, unknown>([
      ["length", 700],
      ["name", Buffer.from("42-7382051923482930174.zip")],
      ["piece length", 256],
      ["pieces", Buffer.from(PIECES.hashes)],
    ]),
  );
});

test("metainfo() names every tracker in a tier of its own", () => {
  const trackers = ["udp://one.example:1337/announce", "https://two.example/announce"];

  const decoded = read({ trackers });

  expect(texts(decoded.get("announce"))).toBe(trackers[0]);
  expect(texts(decoded.get("announce-list"))).toEqual([[trackers[0]], [trackers[1]]]);
});

test("metainfo() keeps the info-hash whatever changes around the zip", () => {
  const infoHash = (changes: Partial<MetainfoInput>) => {
    const bytes = Buffer.from(metainfo({ ...INPUT, ...changes }));
    const start = bytes.indexOf("4:info") + 6;
    return createHash("sha1")
      .update(bytes.subarray(start, bytes.indexOf("8:url-list")))
      .digest("hex");
  };
  const later = { ...INPUT.version, publishedAt: 1 };

  const own = infoHash({});

  // Whoever shares this zip has this hash: a change here loses them all.
  expect(own).toBe("f5e41269ab67d0b1f42377ed97ddf172248a943c");
  expect(infoHash({ webSeed: "http://localhost/x", trackers: ["udp://t.example:1"], version: later })).toBe(own);
  expect(infoHash({ version: { ...INPUT.version, key: "1" } })).not.toBe(own);
});

test.each([
  ["7382051923482930174", "42-7382051923482930174.zip"],
  ["1700000000", "42-1700000000.zip"],
  ["a.b_c-D", "42-a.b_c-D.zip"],
  ["v 2/é", "42-v_2__-4d669613.zip"],
  ['W/"5f-a"', "42-W__5f-a_-ec5a6ff6.zip"],
  ["../../etc/passwd", "42-.._.._etc_passwd-3754d6cb.zip"],
  ["\0\u202e\u{1f600}\ud800", "42-____-24c22291.zip"],
  ["x".repeat(256), `42-${"x".repeat(100)}-85e62acd.zip`],
])("archiveFileName() of the version %j is %s", (key, name) => {
  expect(archiveFileName("42", key)).toBe(name);
});

test("archiveFileName() keeps versions apart whose keys look alike once they are safe", () => {
  const names = ["a/b", "a_b", "a b", "a\\b"].map((key) => archiveFileName("42", key));

  expect(new Set(names).size).toBe(names.length);
});

test("metainfo() of a large archive stays small", () => {
  const pieces = { pieceBytes: 16 * 1024 * 1024, hashes: new Uint8Array(6_400 * 20) };
  const version = { ...INPUT.version, archive: { bytes: 100 * 1024 ** 3 } };

  const bytes = metainfo({ ...INPUT, version, pieces });

  expect(bytes.length).toBeLessThan(130_000);
  expect(bdecode(bytes)).toBeInstanceOf(Map);
  expect(bencode({ length: 100 * 1024 ** 3 }).length).toBe(24);
});
