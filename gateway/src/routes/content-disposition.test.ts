import fc from "fast-check";
import { expect, test } from "vitest";
import { archiveAttachment, attachment, pytorrentAttachment, safeFileName } from "./content-disposition.ts";

test.each([
  ["Plain Mod", 'attachment; filename="Plain Mod.zip"'],
  ["Häuser", "attachment; filename=\"Hauser.zip\"; filename*=UTF-8''H%C3%A4user.zip"],
  ["机械体", "attachment; filename=\"_.zip\"; filename*=UTF-8''%E6%9C%BA%E6%A2%B0%E4%BD%93.zip"],
  ["100% (Vanilla)", "attachment; filename=\"100_ (Vanilla).zip\"; filename*=UTF-8''100%25%20%28Vanilla%29.zip"],
  ["../../etc/passwd", 'attachment; filename="etc passwd.zip"'],
  ['a"b\r\nX: y', 'attachment; filename="a b X y.zip"'],
  ["...", 'attachment; filename="mod.zip"'],
])("archiveAttachment(%j) is %s", (name, expected) => {
  expect(archiveAttachment(name)).toBe(expected);
});

test.each([
  ["CON", 'attachment; filename="CON.zip"'],
  ["a/b", 'attachment; filename="a/b.zip"'],
  ["Wild Potions", "attachment; filename*=utf-8''Wild%20Potions.zip"],
  ["It's (new)!*", "attachment; filename*=utf-8''It%27s%20%28new%29%21%2A.zip"],
  ["a~b_c.d-e", 'attachment; filename="a~b_c.d-e.zip"'],
])("pytorrentAttachment(%j) quotes as Python does: %s", (name, expected) => {
  expect(pytorrentAttachment(name)).toBe(expected);
});

test("attachment() is a header whatever the name is", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 300 }), (name) => {
      for (const header of [archiveAttachment(name), pytorrentAttachment(name), attachment(safeFileName(name))]) {
        expect(header).toMatch(/^[\x20-\x7e]+$/);
        expect(new Headers({ "content-disposition": header }).get("content-disposition")).toBe(header);
      }
      expect(safeFileName(name)).toMatch(/^[^/\\]{1,300}$/u);
    }),
  );
});
