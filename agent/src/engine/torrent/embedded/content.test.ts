import fc from "fast-check";
import { expect, test } from "vitest";
import { aTorrent, bencode } from "../../../../test/a-torrent.ts";
import { TorrentError } from "../client.ts";
import { type Metainfo, parseMetainfo } from "../metainfo.ts";
import { Content } from "./content.ts";
import { hasBit, pieceBytes, pieceCount, piecesOf, setBit, stretchesOf } from "./pieces.ts";

/** A torrent of files of these lengths; negative ones are padding. */
function metainfoOf(lengths: readonly number[], pieceLength: number): Metainfo {
  const files = lengths.map((length, at) => ({
    ...{ length: Math.abs(length), path: [`${at}`] },
    ...(length < 0 ? { attr: "p" } : {}),
  }));
  const total = files.reduce((sum, { length }) => sum + length, 0);
  const pieces = Buffer.alloc(Math.ceil(total / pieceLength) * 20);
  return parseMetainfo(bencode({ info: { name: "t", files, "piece length": pieceLength, pieces } }));
}

const anyTorrent = fc
  .tuple(fc.array(fc.integer({ min: -20, max: 60 }), { minLength: 1, maxLength: 12 }), fc.integer({ min: 1, max: 25 }))
  .filter(([lengths]) => lengths.some((length) => length > 0))
  .map(([lengths, pieceLength]) => metainfoOf(lengths, pieceLength));

test("stretchesOf() covers each piece once, in order, with the places of its files", () => {
  fc.assert(
    fc.property(anyTorrent, (metainfo) => {
      let at = 0;
      for (let index = 0; index < pieceCount(metainfo); index += 1) {
        const start = index * metainfo.pieceLength;
        for (const stretch of stretchesOf(metainfo.files, start, pieceBytes(metainfo, index))) {
          expect(start + stretch.from).toBe(at);
          expect(stretch.file.offset + stretch.at).toBe(at);
          expect(stretch.length).toBeGreaterThan(0);
          at += stretch.length;
        }
      }

      expect(at).toBe(metainfo.length);
    }),
  );
});

test("piecesOf() names the pieces that a file has bytes in", () => {
  fc.assert(
    fc.property(anyTorrent, (metainfo) => {
      for (const file of metainfo.files) {
        const range = piecesOf(metainfo, file);
        const found = Array.from({ length: pieceCount(metainfo) }, (_, index) => index).filter((index) =>
          stretchesOf(metainfo.files, index * metainfo.pieceLength, pieceBytes(metainfo, index)).some(
            (stretch) => stretch.file === file,
          ),
        );

        expect([range?.first, range?.last]).toEqual([found[0], found.at(-1)]);
      }
    }),
  );
});

test("Content counts the verified bytes of what is wanted, in any order and each once", () => {
  fc.assert(
    fc.property(
      anyTorrent,
      fc.array(fc.nat(40)),
      fc.array(fc.boolean(), { minLength: 12 }),
      (metainfo, marks, picks) => {
        const real = metainfo.files.filter(({ isPadding }) => !isPadding);
        const wanted = real.filter((_, at) => picks[at]).map(({ path }) => path);
        const content = new Content(metainfo, wanted);
        for (const mark of marks) if (mark < pieceCount(metainfo)) content.mark(mark);
        const files = content.files();
        const again = new Content(metainfo, wanted);

        expect(files.map(({ path }) => path)).toEqual(real.map(({ path }) => path));
        expect(content.bytes).toBe(files.reduce((sum, { doneBytes, isWanted }) => sum + (isWanted ? doneBytes : 0), 0));
        expect(content.totalBytes).toBe(files.reduce((sum, { bytes, isWanted }) => sum + (isWanted ? bytes : 0), 0));
        expect(again.restore(content.verified)).toBe(true);
        expect(again.files()).toEqual(files);
        for (const { first, last } of content.needed) for (let at = first; at <= last; at += 1) content.mark(at);
        expect(content.isComplete).toBe(true);
      },
    ),
  );
});

test("Content.touched has the wanted files and neighbours in their pieces, and no padding", () => {
  const content = new Content(metainfoOf([5, -5, 8, 4, 20, 0], 10), ["t/2"]);

  expect(content.touched.map(({ path }) => path).toSorted()).toEqual(["t/2", "t/3"]);
  expect(new Content(metainfoOf([5, 0], 10), ["t/1"]).touched.map(({ path }) => path)).toEqual(["t/1"]);
});

test("Content refuses files that the torrent has not, and bits of another one", () => {
  const metainfo = parseMetainfo(aTorrent("one.bin", 500_000).content);

  expect(() => new Content(metainfo, ["two.bin"])).toThrow(TorrentError);
  const content = new Content(metainfo, null);
  expect(content.restore(new Uint8Array(3).fill(255))).toBe(false);
  expect(content.bytes).toBe(0);
});

test("setBit() sets the bits that peers mean", () => {
  const bits = new Uint8Array(2);
  setBit(bits, 0);
  setBit(bits, 9);

  expect([...bits]).toEqual([0x80, 0x40]);
  expect([0, 1, 8, 9, 99].map((index) => hasBit(bits, index))).toEqual([true, false, false, true, false]);
});
