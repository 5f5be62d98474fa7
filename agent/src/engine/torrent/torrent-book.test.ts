import { describe, expect, test } from "vitest";
import { tempFolder } from "../../../test/temp-folder.ts";
import { type BookEntry, openTorrentBook } from "./torrent-book.ts";

const [A, B] = ["a".repeat(40), "b".repeat(40)];
const PARTIAL: BookEntry = { state: "partial", infoHash: A, since: 1 };
const SEEDING: BookEntry = { state: "seeding", infoHash: B, since: 2, bytes: 10, uploaded: 3, seen: 3 };

describe("openTorrentBook()", () => {
  test("openTorrentBook() knows after a restart what was written", async () => {
    await using folder = await tempFolder();
    const book = openTorrentBook(folder.at("new/book.json"));
    book.put(PARTIAL);
    book.put(SEEDING);
    book.put({ ...SEEDING, uploaded: 4 });
    book.drop(A);
    book.drop(A);

    const later = openTorrentBook(folder.at("new/book.json"));

    expect(later.entries()).toEqual([{ ...SEEDING, uploaded: 4 }]);
    expect([later.get(A), later.get(B)?.since]).toEqual([null, 2]);
  });

  test.each(["", "{", "null", '[{"state":"seeding"}]'])(
    "openTorrentBook() takes %j for an empty book",
    async (text) => {
      await using folder = await tempFolder();
      await folder.write({ "book.json": text });

      expect(openTorrentBook(folder.at("book.json")).entries()).toEqual([]);
    },
  );

  test("put() changes nothing when the disk does not take it", async () => {
    await using folder = await tempFolder();
    const book = openTorrentBook(folder.at("gone/book.json"));
    book.put(PARTIAL);
    await folder[Symbol.asyncDispose]();

    expect(() => book.put(SEEDING)).toThrow("ENOENT");

    expect(book.entries()).toEqual([PARTIAL]);
  });
});
