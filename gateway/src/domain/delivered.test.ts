import { sourceKey } from "@modfleet/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { askedVersion, contradiction, deliveredVersion, type Elsewhere, namedContent } from "./delivered.ts";

const HASH = "0123456789abcdef0123456789abcdef01234567";
const SHA = "a".repeat(64);
const TREE = "fedcba9876543210".repeat(4);
const FILE: Elsewhere = { kind: "http", url: "https://host.example/a.zip" };
const MAGNET: Elsewhere = { kind: "torrent", magnet: `magnet:?xt=urn:btih:${HASH.toUpperCase()}&dn=x` };
const METAINFO: Elsewhere = { kind: "torrent", torrentUrl: "https://host.example/a.torrent" };

const fetched = (manifest: string | null) => ({ tool: "t", manifest });
const keyOf = (source: Elsewhere, manifest: string | null) => deliveredVersion(source, fetched(manifest), TREE);

test.each([
  [FILE, null, "latest"],
  [{ ...FILE, sha256: SHA }, SHA, SHA],
  [MAGNET, HASH, HASH],
  [METAINFO, null, "latest"],
] as const)(
  "askedVersion() of %j is the content it names, or one word for whatever is there",
  (source, named, asked) => {
    expect([namedContent(source), askedVersion(source)]).toEqual([named, asked]);
  },
);

test.each([
  [FILE, '"33a64df5"', "33a64df5"],
  [FILE, 'W/"33a64df5"', "33a64df5"],
  [FILE, "bare", "bare"],
  [FILE, '"5f1-63d:1+a="', "5f1-63d:1+a="],
  [FILE, null, TREE.slice(0, 32)],
  [FILE, '""', TREE.slice(0, 32)],
  [{ ...FILE, sha256: SHA }, '"33a64df5"', SHA],
  [MAGNET, null, HASH],
  [METAINFO, HASH.toUpperCase(), HASH],
  [METAINFO, '"an etag"', TREE.slice(0, 32)],
] as const)("deliveredVersion() of %j with %j is %s", (source, manifest, key) => {
  expect(keyOf(source, manifest)).toBe(key);
});

test("deliveredVersion() hashes what would be awkward in an address, and equal tags are one version", () => {
  for (const tag of ["a/b", "..", ".", "a b", "ё", "%2f", "a?b#c"]) {
    expect(keyOf(FILE, `"${tag}"`)).toMatch(/^[0-9a-f]{32}$/);
    expect(keyOf(FILE, `W/"${tag}"`)).toBe(keyOf(FILE, `"${tag}"`));
  }
  expect(keyOf(FILE, '"a/b"')).not.toBe(keyOf(FILE, '"a/c"'));
});

test("deliveredVersion() stands in an address as it is, whatever an agent reports", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 64 }), (manifest) => {
      const key = keyOf(FILE, manifest);
      expect(new URL(`http://h/v/${encodeURIComponent(key)}/archive`).pathname).toBe(
        `/v/${encodeURIComponent(key)}/archive`,
      );
      expect(key.length).toBeGreaterThan(0);
    }),
    { numRuns: 50 },
  );
});

test("contradiction() is a file that has not the expected hash, or does not come alone", () => {
  const source = { ...FILE, sha256: SHA };
  const wrong = (...hashes: string[]) =>
    contradiction(source, { fetched: fetched(null), entries: hashes.map((sha256) => ({ sha256 })) });

  expect(wrong(SHA)).toBeNull();
  for (const hashes of [[], [TREE], [SHA, TREE]]) expect(wrong(...hashes)).toContain(SHA);
  expect(contradiction(FILE, { fetched: fetched(null), entries: [] })).toBeNull();
});

test("contradiction() is another torrent than the magnet link names", () => {
  const wrong = (source: Elsewhere, manifest: string | null) =>
    contradiction(source, { fetched: fetched(manifest), entries: [] });

  expect([wrong(MAGNET, HASH), wrong(MAGNET, null), wrong(METAINFO, "b".repeat(40))]).toEqual([null, null, null]);
  expect(wrong(MAGNET, "b".repeat(40))).toContain("b".repeat(40));
  expect(
    contradiction({ kind: "workshop", app: 1, item: "1" }, { fetched: fetched("b".repeat(40)), entries: [] }),
  ).toBeNull();
});

test("askedVersion() and sourceKey() make one job of two magnet links to one torrent", () => {
  const other: Elsewhere = { kind: "torrent", magnet: `magnet:?xt=urn:btih:${HASH}&tr=udp%3A%2F%2Ft.example%3A1` };

  expect([sourceKey(other), askedVersion(other)]).toEqual([sourceKey(MAGNET), askedVersion(MAGNET)]);
});
