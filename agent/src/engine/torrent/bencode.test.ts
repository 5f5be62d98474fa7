import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { aTorrent } from "../../../test/a-torrent.ts";
import { BencodeError, readBencode } from "./bencode.ts";

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
