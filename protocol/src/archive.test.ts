import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { comparePaths, foldedPath, pathFault, treeHash } from "./archive.ts";
import { LIMITS } from "./limits.ts";

const paths = fc.string({ unit: "binary", maxLength: 12 });
const entries = fc.uniqueArray(
  fc.record({ path: paths, size: fc.nat(), sha256: fc.nat().map((n) => n.toString(16).padStart(64, "0")) }),
  { selector: (entry) => entry.path },
);
const sha256 = () => createHash("sha256");

test("comparePaths() is the order of the UTF-8 bytes", () => {
  fc.assert(
    fc.property(paths, paths, (a, b) => {
      expect(Math.sign(comparePaths(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
    {
      numRuns: 1_000,
      examples: [
        ["\uffff", "\u{10000}"],
        ["\ue000", "\u{10ffff}"],
        ["a", "a\0"],
        ["\u{10000}", "\u{10001}"],
      ],
    },
  );
});

test("treeHash() does not depend on the order of the entries", () => {
  fc.assert(
    fc.property(entries, fc.infiniteStream(fc.nat()), (list, ranks) => {
      const shuffled = list
        .map((entry) => ({ entry, rank: ranks.next().value }))
        .toSorted((a, b) => a.rank - b.rank)
        .map(({ entry }) => entry);

      expect(treeHash(shuffled, sha256())).toBe(treeHash(list, sha256()));
    }),
  );
});

test("treeHash() changes with every path, size and content", () => {
  const entry = { path: "a.txt", size: 1, sha256: "0".repeat(64) };
  const hashes = [
    [],
    [entry],
    [{ ...entry, path: "b.txt" }],
    [{ ...entry, size: 2 }],
    [{ ...entry, sha256: "1".repeat(64) }],
    [entry, { ...entry, path: "b.txt" }],
  ].map((list) => treeHash(list, sha256()));

  expect(new Set(hashes).size).toBe(hashes.length);
});

test("treeHash() is the SHA-256 of the lines of the specification", () => {
  const list = [
    { path: "b", size: 2, sha256: "1".repeat(64) },
    { path: "a/é", size: 1, sha256: "0".repeat(64) },
  ];
  const lines = `a/é\u00001\u0000${"0".repeat(64)}\nb\u00002\u0000${"1".repeat(64)}\n`;

  expect(treeHash(list, sha256())).toBe(createHash("sha256").update(lines).digest("hex"));
});

test.each([
  ["About/About.xml", null],
  ["Моды/файл (1).txt", null],
  [".hidden", null],
  ["con_sole.txt", null],
  ["a".repeat(LIMITS.pathBytesMax), null],
  ["", "empty"],
  ["a//b", "empty"],
  ["folder/", "empty"],
  ["é".repeat(LIMITS.pathBytesMax / 2 + 1), "too_long"],
  ["/etc/passwd", "absolute"],
  ["C:/boot.ini", "drive_letter"],
  ["c:x", "drive_letter"],
  ["a\\b", "backslash"],
  ["\\\\host\\share", "backslash"],
  ["../up", "dot_segment"],
  ["a/../../b", "dot_segment"],
  ["./a", "dot_segment"],
  ["a\0.txt", "control_character"],
  ["a\nb", "control_character"],
  ["x/NUL", "reserved_name"],
  ["aux.txt", "reserved_name"],
  ["com1.tar.gz", "reserved_name"],
  ["nul .txt", "reserved_name"],
  ["LPT¹", "reserved_name"],
  ["conout$", "reserved_name"],
  ["name.", "ends_in_dot_or_space"],
  ["folder /file", "ends_in_dot_or_space"],
  ["a\ud800", "not_unicode"],
])("pathFault(%j) is %s", (path, fault) => {
  expect(pathFault(path)).toBe(fault);
});

test("pathFault() never throws and lets nothing climb out", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom("..", ".", "/", "\\", "a", "C:", "\0", "nul", " ")), (parts) => {
      const path = parts.join("");

      expect(pathFault(path) === null && /(^|\/)\.\.?(\/|$)|^\/|\\|\0/.test(path)).toBe(false);
    }),
  );
});

test("foldedPath() is equal for names that one disk takes for the same", () => {
  expect(foldedPath("Mods/CAFÉ.txt")).toBe(foldedPath("mods/cafe\u0301.TXT"));
  expect(foldedPath("a/b")).not.toBe(foldedPath("a/c"));
});

test("foldedPath() of a folded path is itself", () => {
  fc.assert(
    fc.property(paths, (path) => {
      expect(foldedPath(foldedPath(path))).toBe(foldedPath(path));
    }),
  );
});
