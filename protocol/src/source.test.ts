import { expect, test } from "vitest";
import { type Source as AnySource, Source, SourceKind, sourceKey } from "./source.ts";

const MAGNET = "magnet:?xt=urn:btih:0123456789abcdef0123456789abcdef01234567";
const accepts = (value: unknown) => Source.safeParse(value).success;

test.each([
  [{ kind: "workshop", app: 294100, item: "9223372036854775807" }],
  [{ kind: "workshop", app: 550, item: "1", fileUrl: "http://host/ugc/1/" }],
  [{ kind: "http", url: "https://host/a.zip", sha256: "a".repeat(64), mirrors: ["http://other/a.zip"] }],
  [{ kind: "torrent", magnet: MAGNET, files: ["a/b.txt"] }],
  [{ kind: "torrent", torrentUrl: "https://host/a.torrent" }],
])("Source takes %j", (source) => {
  expect(Source.parse(source)).toEqual(source);
});

test.each([
  [{ kind: "workshop", app: 0, item: "1" }],
  [{ kind: "workshop", app: 2 ** 32, item: "1" }],
  [{ kind: "workshop", app: 1, item: 1 }],
  [{ kind: "workshop", app: 1, item: "9223372036854775808" }],
  [{ kind: "workshop", app: 1, item: "1; quit" }],
  [{ kind: "workshop", app: 1, item: "1", fileUrl: "file:///etc/passwd" }],
  [{ kind: "http", url: "ftp://host/a" }],
  [{ kind: "http", url: "javascript:alert(1)" }],
  [{ kind: "http", url: `https://host/${"a".repeat(2_048)}` }],
  [{ kind: "torrent" }],
  [{ kind: "torrent", magnet: "http://host" }],
  [{ kind: "torrent", magnet: "magnet:?dn=nothing" }],
  [{ kind: "ftp", url: "ftp://host" }],
  [null],
])("Source refuses %j", (source) => {
  expect(accepts(source)).toBe(false);
});

test("Source refuses what would not fit into an offer, counted as JSON", () => {
  const files = (count: number) => ({
    kind: "torrent",
    magnet: MAGNET,
    files: Array(count).fill("\u0001".repeat(500)),
  });

  expect(accepts(files(10))).toBe(true);
  expect(accepts(files(20))).toBe(false);
});

test("sourceKey() is one text per thing, and different for different things", () => {
  const sources: AnySource[] = [
    { kind: "workshop", app: 1, item: "5" },
    { kind: "http", url: "https://host/5" },
    { kind: "http", url: "https://host/5", sha256: "a".repeat(64) },
    { kind: "torrent", magnet: MAGNET },
    { kind: "torrent", magnet: MAGNET, files: ["a"] },
    { kind: "torrent", torrentUrl: "https://host/5" },
  ];

  expect(new Set(sources.map(sourceKey)).size).toBe(sources.length);
  expect(sourceKey({ kind: "workshop", app: 2, item: "5" })).toBe("workshop:5");
});

test("sourceKey() knows a torrent by its info-hash and a choice of files by what is chosen", () => {
  const key = (magnet: string, files?: string[]) => sourceKey({ kind: "torrent", magnet, ...(files && { files }) });

  expect(key(`${MAGNET}&tr=http%3A%2F%2Ftracker`)).toBe(
    key(MAGNET.toUpperCase().replace("MAGNET:?XT=", "magnet:?xt=")),
  );
  expect(key(MAGNET, ["b", "a", "b"])).toBe(key(MAGNET, ["a", "b"]));
});

test("sourceKey() tells a file with mirrors from the one without, unless its hash says what it is", () => {
  const key = (more: object) => sourceKey({ kind: "http", url: "https://host/5", ...more });
  const sha256 = "a".repeat(64);

  expect(key({ mirrors: ["https://b", "https://a", "https://b"] })).toBe(key({ mirrors: ["https://a", "https://b"] }));
  expect(new Set([key({}), key({ mirrors: ["https://a"] }), key({ mirrors: ["https://b"] })]).size).toBe(3);
  expect(key({ mirrors: [] })).toBe(key({}));
  expect(key({ sha256, mirrors: ["https://a"] })).toBe(key({ sha256 }));
});

test("SourceKind lists the kinds of Source", () => {
  expect(SourceKind.options).toEqual(["workshop", "http", "torrent"]);
});
