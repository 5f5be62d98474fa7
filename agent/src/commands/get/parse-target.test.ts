import { expect, test } from "vitest";
import { parseTarget, targetKey } from "./parse-target.ts";

const HASH = "0123456789abcdef0123456789abcdef01234567";
const MAGNET = `magnet:?xt=urn:btih:${HASH}&dn=x&tr=http%3A%2F%2Ftracker.example%2Fannounce`;

test.each([
  "9000000101",
  " 9000000101 ",
  "https://steamcommunity.com/sharedfiles/filedetails/?id=9000000101",
  "http://www.steamcommunity.com/workshop/filedetails/?l=english&id=9000000101#comments",
  "steamcommunity.com/sharedfiles/filedetails?id=9000000101",
])("parseTarget() reads %j as a Workshop id", (text) => {
  expect(parseTarget(text)).toEqual({ ok: true, target: { kind: "workshop", text: text.trim(), id: "9000000101" } });
});

test.each([
  ["https://mods.example/a.zip", { kind: "http", url: "https://mods.example/a.zip" }],
  ["HTTP://mods.example", { kind: "http", url: "http://mods.example/" }],
  [
    "https://steamcommunity.com.evil.example/sharedfiles/filedetails/?id=5",
    { kind: "http", url: "https://steamcommunity.com.evil.example/sharedfiles/filedetails/?id=5" },
  ],
  [MAGNET, { kind: "torrent", from: { kind: "magnet", uri: MAGNET } }],
  [
    "https://mods.example/a.torrent?key=1",
    { kind: "torrent", from: { kind: "url", url: "https://mods.example/a.torrent?key=1" } },
  ],
  ["./mods/a b.Torrent", { kind: "torrent", from: { kind: "path", path: "./mods/a b.Torrent" } }],
])("parseTarget() reads %j", (text, target) => {
  expect(parseTarget(text)).toEqual({ ok: true, target: { text, ...target } });
});

test("parseTarget() takes the address of a torrent for a file when it is told so", () => {
  expect(parseTarget("http://mods.example/a.torrent", { asFile: true })).toMatchObject({ target: { kind: "http" } });
});

test.each([
  "",
  "0",
  "-5",
  "1.5",
  "007",
  "1e3",
  "9223372036854775808",
  "abc",
  "ftp://mods.example/a.zip",
  "file:///etc/passwd",
  "http://",
  "https://steamcommunity.com/sharedfiles/filedetails/",
  "https://steamcommunity.com/sharedfiles/filedetails/?id=x",
  "https://steamcommunity.com/id/somebody?id=5",
])("parseTarget() refuses %j with the rule", (text) => {
  expect(parseTarget(text)).toEqual({ ok: false, problem: expect.stringContaining("a whole number from 1 to") });
});

test.each([
  "magnet:",
  "magnet:?dn=x",
  "magnet:?xt=urn:btih:12345",
  "magnet:?xt=urn:sha1:YNCKHTQCWBTRNJIV4WNAE52SJUQCZO5C",
])("parseTarget() refuses %j with what a magnet link needs", (text) => {
  expect(parseTarget(text)).toEqual({ ok: false, problem: expect.stringContaining("xt=urn:btih:") });
});

test.each([
  ["example.org/file.zip", "https://example.org/file.zip"],
  ["mods.example:8080/a/b?c=1", "https://mods.example:8080/a/b?c=1"],
  ["#101", "101"],
])("parseTarget() asks of %j whether it means %j", (text, meant) => {
  expect(parseTarget(text)).toEqual({ ok: false, problem: `Cannot read "${text}": did you mean ${meant}?` });
});

test.each(["mods/a.zip", "./a.b/c", "1.5/2", "#abc"])("parseTarget() guesses nothing of %j", (text) => {
  expect(parseTarget(text)).toEqual({ ok: false, problem: expect.stringContaining("give a Workshop id") });
});

test("parseTarget() says that torrents of version 2 alone are not supported", () => {
  const magnet = `magnet:?dn=x&xt=urn:btmh:1220${"ab".repeat(32)}`;

  expect(parseTarget(magnet)).toEqual({ ok: false, problem: expect.stringContaining("of version 2 (urn:btmh:)") });
  expect(parseTarget(`${magnet}&xt=urn:btih:${HASH}`)).toMatchObject({ ok: true });
});

test("parseTarget() refuses a password without showing it", () => {
  const problem = "Cannot read the address at mods.example: leave the name and the password in it out";
  expect(parseTarget("https://me:secret@mods.example/a.zip")).toEqual({ ok: false, problem });
});

test("parseTarget() shows control characters and long input harmlessly", () => {
  const answer = parseTarget(`\u001b[2J${"x".repeat(10_000)}`);

  expect(answer.ok || answer.problem.length).toBeLessThan(500);
  expect(JSON.stringify(answer)).not.toContain("\u001b");
});

test("targetKey() is the same for what means the same", () => {
  const keyOf = (text: string): string => {
    const parsed = parseTarget(text);
    return parsed.ok ? targetKey(parsed.target) : "";
  };

  expect(keyOf(MAGNET)).toBe(keyOf(`magnet:?xt=urn:btih:${HASH.toUpperCase()}`));
  expect(keyOf("42")).toBe(keyOf("https://steamcommunity.com/sharedfiles/filedetails/?id=42"));
  expect(new Set([MAGNET, "42", "http://a.example/x", "http://a.example/x.torrent", "x.torrent"].map(keyOf)).size).toBe(
    5,
  );
});
