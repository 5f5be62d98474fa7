import { expect, test } from "vitest";
import { decodeNote, encodeNote, type Note } from "./note.ts";

test("decodeNote() reads what encodeNote() wrote in letters that rTorrent's commands take as they are", () => {
  const uri = "magnet:?xt=urn:btih:0123456789abcdef0123456789abcdef01234567";
  const wishes = { name: null, files: ['a,"b";$c/ü'], maxBytes: 5, isPaused: true };
  const note: Note = { kind: "magnet", uri, folder: "/in", ...wishes };

  const text = encodeNote(note);

  expect(text).toMatch(/^[\w-]+$/);
  expect(decodeNote(text)).toEqual(note);
});

test("decodeNote() takes what others wrote for no note", () => {
  const others = ["", "label", "e30", Buffer.from('{"kind":"magnet","uri":1}').toString("base64url")];

  expect(others.map(decodeNote)).toEqual([null, null, null, null]);
});
