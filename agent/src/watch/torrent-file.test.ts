import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { aTorrent, bencode } from "../../test/a-torrent.ts";
import { tempFolder } from "../../test/temp-folder.ts";
import { extractTorrentFile, parseTorrentFile } from "./torrent-file.ts";

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
    const info = { name: "a", "piece length": 10, length: 15, pieces: Buffer.alloc(40) };
    const tiers = [["http://a", "http://b"], ["http://a"]];
    const content = bencode({ announce: "http://z", "announce-list": tiers, info });

    expect(parseTorrentFile(bencode({ info }), "").announce).toEqual([]);
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

  test("parseTorrentFile() refuses what is no torrent", () => {
    expect(() => parseTorrentFile(bencode({}), "")).toThrow("This is no torrent file: it has no info");
  });
});
