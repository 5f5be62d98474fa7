import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { aTorrent, bencode } from "../../test/a-torrent.ts";
import { tempFolder } from "../../test/temp-folder.ts";
import { BencodeError, readBencode } from "../engine/torrent/bencode.ts";
import { extractTorrentFile, parseTorrentFile } from "./torrent-file.ts";

const info = (given: object = {}) => ({
  name: "a",
  "piece length": 10,
  length: 15,
  pieces: Buffer.alloc(40),
  ...given,
});
const parse = (given: object) => parseTorrentFile(bencode({ info: info(given) }), "/a.torrent");

describe("extractTorrentFile()", () => {
  test("extractTorrentFile() gives dTorrent's keys", async () => {
    await using folder = await tempFolder();
    const { content, hash } = aTorrent("multi", { "one.bin": 10, "sub/two.bin": 20_000 }, "http://tracker/announce");
    await folder.write({ "x.torrent": content });

    expect(extractTorrentFile(folder.at("x.torrent"))).toEqual({
      name: "multi",
      infoHash: hash.toLowerCase(),
      hash,
      announce: ["http://tracker/announce"],
      files: [
        { name: "one.bin", path: "multi/one.bin", length: 10, offset: 0 },
        { name: "two.bin", path: "multi/sub/two.bin", length: 20_000, offset: 10 },
      ],
      length: 20_010,
      pieceLength: 16_384,
      path: folder.at("x.torrent"),
    });
  });

  test("extractTorrentFile() says which file is missing", () => {
    expect(() => extractTorrentFile("/no/such.torrent")).toThrow(
      "This torrent file does not exists : /no/such.torrent",
    );
  });
});

describe("parseTorrentFile()", () => {
  test("parseTorrentFile() takes a torrent without a tracker, and every tracker once", () => {
    expect(parse({}).announce).toEqual([]);
    const tiers = [["http://a", "http://b"], ["http://a"]];
    const content = bencode({ announce: "http://z", "announce-list": tiers, info: info() });

    expect(parseTorrentFile(content, "").announce).toEqual(["http://a", "http://b"]);
  });

  test("parseTorrentFile() hashes the info as it was written, unknown keys included", () => {
    const raw = Buffer.from(
      `d4:infod5:extrai-7e6:lengthi15e4:name1:a12:piece lengthi10e6:pieces40:${"x".repeat(40)}ee`,
    );

    expect(parseTorrentFile(raw, "").infoHash).toBe(
      createHash("sha1").update(raw.subarray("d4:info".length, -1)).digest("hex"),
    );
  });

  test("parseTorrentFile() refuses names that lead out of the folder", () => {
    for (const name of ["..", ".", "", "../a", "a/b", "a\\b", "a\0b"]) {
      expect(() => parse({ name }), name).toThrow(/outside its folder/);
      expect(() => parse({ files: [{ length: 15, path: ["sub", name] }] }), name).toThrow(/outside its folder/);
    }
  });

  test("parseTorrentFile() refuses what does not fit together", () => {
    for (const wrong of [
      { pieces: Buffer.alloc(39) },
      { pieces: 7 },
      { length: -1 },
      { "piece length": 0 },
      { files: 1 },
      { files: [{ length: 15, path: [] }] },
      { files: [7] },
    ]) {
      expect(() => parse(wrong), JSON.stringify(wrong)).toThrow("This is no torrent file");
    }
    expect(() => parseTorrentFile(bencode({}), "")).toThrow("it has no info");
  });
});

describe("readBencode()", () => {
  test("readBencode() refuses what is cut off, too deep or goes on", () => {
    for (const text of [
      "",
      "i",
      "ie",
      "i1",
      "5:abc",
      "l",
      "d1:a",
      "di1ei2ee",
      "i1ei2e",
      "99999999999999999999:",
      "<html>",
    ]) {
      expect(() => readBencode(Buffer.from(text)), text).toThrow(BencodeError);
    }
    expect(() => readBencode(Buffer.from("l".repeat(100_000)))).toThrow("deeper than 64");
  });

  test("readBencode() ends for any cut of a torrent with a value or a BencodeError", () => {
    const { content } = aTorrent("multi", { a: 1, b: 2 });

    fc.assert(
      fc.property(fc.nat(content.length), fc.nat(5), fc.uint8Array({ maxLength: 5 }), (at, cut, noise) => {
        let error: unknown = null;
        try {
          readBencode(Buffer.concat([content.subarray(0, at), noise, content.subarray(at + cut)]));
        } catch (caught) {
          error = caught;
        }

        expect(error === null || error instanceof BencodeError).toBe(true);
      }),
    );
  });
});
