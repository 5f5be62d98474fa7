import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { aTorrent, bencode } from "../../../test/a-torrent.ts";
import { TorrentError } from "./client.ts";
import { METAINFO_BYTES_MAX, metainfoOfInfo, parseMetainfo } from "./metainfo.ts";

const info = (given: object = {}) => ({
  name: "a",
  "piece length": 10,
  length: 15,
  pieces: Buffer.alloc(40),
  ...given,
});
const parse = (given: object = {}, whole: object = {}) => parseMetainfo(bencode({ ...whole, info: info(given) }));
const parseFiles = (...files: object[]) => parse({ files });
const file = (...path: string[]) => ({ length: 15, path });

/** The error of a call; whatever else is thrown fails the test. */
function refusalOf(call: () => unknown): TorrentError {
  try {
    call();
  } catch (error) {
    if (error instanceof TorrentError) return error;
    throw error;
  }
  throw new Error("It was not refused");
}

describe("parseMetainfo()", () => {
  test("parseMetainfo() reads names, places, trackers and web seeds", () => {
    const { content, hash } = aTorrent("multi", { "one.bin": 10, "sub/two.bin": 20_000 }, "http://tracker/announce");

    expect(parseMetainfo(content)).toMatchObject({
      infoHash: hash.toLowerCase(),
      ...{ name: "multi", isFolder: true, length: 20_010, pieceLength: 16_384, isPrivate: false },
      files: [
        { path: "multi/one.bin", length: 10, offset: 0, isPadding: false },
        { path: "multi/sub/two.bin", length: 20_000, offset: 10, isPadding: false },
      ],
      trackers: ["http://tracker/announce"],
      webSeeds: [],
    });
    expect(parse({ private: 1 })).toMatchObject({ isFolder: false, isPrivate: true, files: [{ path: "a" }] });
  });

  test("parseMetainfo() takes web seeds as a text or a list, and every address once", () => {
    expect(parse({}, { "url-list": "http://a/" }).webSeeds).toEqual(["http://a/"]);
    expect(parse({}, { "url-list": ["http://a/", "", "http://a/", 7, "http://b/"] }).webSeeds).toHaveLength(2);
    expect(
      parse({}, { announce: "http://z", "announce-list": [["http://a"], ["http://a", "udp://b"]] }).trackers,
    ).toEqual(["http://a", "udp://b"]);
    expect(parse({}, { "url-list": "h".repeat(5_000) }).webSeeds).toEqual([]);
  });

  test("parseMetainfo() knows padding and leaves the mark of programs alone", () => {
    const padded = parse({
      length: undefined,
      files: [
        { length: 5, path: ["x"], attr: "x" },
        { length: 5, path: [".pad", "5"], attr: "p" },
        { length: 5, path: [".pad", "5"], attr: "p" },
      ],
    });

    expect(padded.files.map(({ isPadding }) => isPadding)).toEqual([false, true, true]);
  });

  test.each([
    ...["..", ".", "", "../a", "a/b", "a\\b", "a\0b", "a\nb", "C:", "con", "NUL.txt", "a.", "a ", "x".repeat(1_025)],
  ])("parseMetainfo() refuses the name %j", (name) => {
    expect(refusalOf(() => parse({ name })).problem).toBe("invalid");
    expect(refusalOf(() => parseFiles(file("sub", name))).message).toContain("outside its folder");
  });

  test("parseMetainfo() refuses paths that one disk cannot keep apart", () => {
    const half = (...path: string[]) => ({ length: 5, path });
    const twoOf = (one: string[], other: string[]) => refusalOf(() => parseFiles(half(...one), half(...other))).message;

    expect(twoOf(["A", "é"], ["a", "E\u0301"])).toContain("twice");
    expect(twoOf(["a"], ["A", "b"])).toContain("lies below a file");
    expect(twoOf(["a", "b", "c"], ["a", "B"])).toContain("lies below a file");
    expect(refusalOf(() => parseFiles(file(...Array.from({ length: 70 }, () => "d")))).message).toContain("too deep");
  });

  test("parseMetainfo() refuses symbolic links", () => {
    expect(refusalOf(() => parseFiles({ ...file("a"), attr: "lx" })).message).toContain("symbolic link");
    expect(refusalOf(() => parseFiles({ ...file("a"), "symlink path": ["b"] })).message).toContain("symbolic link");
    expect(refusalOf(() => parse({ attr: "l" })).message).toContain("symbolic link");
  });

  test.each([
    [{ pieces: Buffer.alloc(39) }, "do not fit"],
    [{ pieces: Buffer.alloc(60) }, "do not fit"],
    [{ length: 0, pieces: Buffer.alloc(0) }, "no content"],
    [{ pieces: 7 }, "no pieces of version 1"],
    [{ length: -1 }, "a length is missing"],
    [{ "piece length": 0 }, "do not fit"],
    [{ "piece length": 2 ** 27 }, "pieces are larger"],
    [{ files: 1 }, "no list"],
    [{ files: [] }, "do not fit"],
    [{ files: [7] }, "no dictionary"],
    [{ files: [{ length: 15, path: [] }] }, "no path"],
    [{ files: [{ length: 15 }] }, "no path"],
    [{ files: Array.from({ length: 3 }, () => ({ length: 2 ** 52, path: ["a"] })) }, "no number"],
    [{ files: Array.from({ length: 100_001 }, () => ({ length: 1, path: ["a"] })) }, "more than 100000 files"],
  ])("parseMetainfo() refuses %j for what does not fit", (wrong, why) => {
    expect(refusalOf(() => parse(wrong)).message).toContain(why);
  });

  test("parseMetainfo() says of a torrent of version 2 that it is one", () => {
    const content = bencode({ info: { "meta version": 2, name: "a", "piece length": 16_384, "file tree": {} } });

    expect(refusalOf(() => parseMetainfo(content)).message).toContain("version 2 only");
  });

  test("parseMetainfo() refuses what is too large, doubled, or a flood of small values", () => {
    const flood = Buffer.concat([Buffer.from("d4:infol"), Buffer.alloc(4_000_000, "le"), Buffer.from("ee")]);

    expect(refusalOf(() => parseMetainfo(Buffer.alloc(METAINFO_BYTES_MAX + 1))).message).toContain("larger than");
    expect(refusalOf(() => parseMetainfo(flood)).message).toContain("values");
    expect(refusalOf(() => parseMetainfo(Buffer.from("d4:infode4:infodee"))).message).toContain("twice");
  });

  test("parseMetainfo() answers any bytes with a torrent or a TorrentError", () => {
    const outcome = (bytes: Uint8Array): string => {
      try {
        return parseMetainfo(bytes).infoHash;
      } catch (error) {
        return error instanceof TorrentError ? error.problem : String(error);
      }
    };

    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(outcome(bytes)).toBe("invalid");
      }),
    );
    const { content } = aTorrent("multi", { a: 1, "b/c": 2 });
    fc.assert(
      fc.property(fc.nat(content.length), fc.nat(9), fc.uint8Array({ maxLength: 9 }), (at, cut, noise) => {
        const changed = Buffer.concat([content.subarray(0, at), noise, content.subarray(at + cut)]);

        expect(outcome(changed)).toMatch(/^(invalid|[0-9a-f]{40})$/);
      }),
    );
  });

  test("parseMetainfo() lets no path out, whatever the names are", () => {
    const names = fc.array(fc.oneof(fc.string(), fc.constantFrom("..", ".", "a", "/", "\\", "c:")), { maxLength: 4 });

    fc.assert(
      fc.property(names, (path) => {
        let paths: string[] = [];
        try {
          paths = parseFiles({ length: 15, path }).files.map((each) => each.path);
        } catch (error) {
          expect(error).toBeInstanceOf(TorrentError);
        }

        expect(paths.every((each) => /^a\/(?!\/)/.test(each) && !/(^|\/)\.\.?(\/|$)|\\|\0/.test(each))).toBe(true);
      }),
    );
  });
});

test("metainfoOfInfo() makes a torrent with the info's own hash", () => {
  const raw = bencode(info({ extra: -7 }));

  expect(parseMetainfo(metainfoOfInfo(raw)).infoHash).toBe(createHash("sha1").update(raw).digest("hex"));
});
