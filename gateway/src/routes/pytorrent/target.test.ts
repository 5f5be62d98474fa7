import fc from "fast-check";
import { expect, test } from "vitest";
import { decodePath, parseQuery, splitTarget } from "./target.ts";

test.each([
  ["/a/../b?c=%20", "/a/../b", "c=%20"],
  ["/a?b?c#d?e", "/a", "b?c"],
  ["/a#b?c", "/a", ""],
  ["http://host:80//a/b?c", "//a/b", "c"],
  ["http://host/", "/", ""],
])("splitTarget() of %s keeps the client's bytes", (target, path, query) => {
  expect(splitTarget(target)).toEqual({ path, query });
});

test.each([
  ["a+b", "a+b"],
  ["%41%6a%2F", "Aj/"],
  ["%", "%"],
  ["%4", "%4"],
  ["%zz%41", "%zzA"],
  ["%FF%FE", "\ufffd\ufffd"],
  ["%E0%A4%A", "\ufffd%A"],
  ["%EF%BB%BFx", "\ufeffx"],
  ["%F0%9F%9A%80", "🚀"],
])("decodePath() of %s is what Python makes of it", (path, decoded) => {
  expect(decodePath(path)).toBe(decoded);
});

test("decodePath() gives back every text that was encoded", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      expect(decodePath(encodeURIComponent(text))).toBe(text);
    }),
  );
});

test.each([
  ["", []],
  [
    "a=1&b=2",
    [
      ["a", "1"],
      ["b", "2"],
    ],
  ],
  ["a=1&a=2", [["a", "2"]]],
  ["a", [["a", ""]]],
  ["&&a==b&", [["a", "=b"]]],
  ["=x", [["", "x"]]],
  ["a+b=c+d%2B", [["a b", "c d+"]]],
  ["__proto__=1", [["__proto__", "1"]]],
  ["a;b=1", [["a;b", "1"]]],
])("parseQuery() of %j is what Python makes of it", (query, entries) => {
  expect([...parseQuery(query)]).toEqual(entries);
});

test("parseQuery() reads what browsers write", () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string({ unit: "grapheme", minLength: 1 }), fc.string({ unit: "grapheme" })),
      (form) => {
        const written = new URLSearchParams(Object.entries(form)).toString();

        expect([...parseQuery(written)]).toEqual(Object.entries(form));
      },
    ),
  );
});
