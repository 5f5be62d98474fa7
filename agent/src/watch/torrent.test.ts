import { describe, expect, test } from "vitest";
import { compare, type Known } from "./compare.ts";
import { type Facts, toTorrent } from "./torrent.ts";

const facts = (given: Partial<Facts> = {}): Facts => ({
  hash: "A",
  name: "a",
  active: true,
  downloaded: 0,
  uploaded: 0,
  length: 1_000,
  path: "a.torrent",
  extra: { ratio: 0 },
  files: [{ name: "a", path: "a", length: 1_000 }],
  ...given,
});

describe("toTorrent()", () => {
  test("toTorrent() has dTorrent's keys in dTorrent's order", () => {
    expect(Object.keys(toTorrent("S", facts(), false)).join()).toBe(
      "server,hash,name,active,downloaded,uploaded,length,path,extra,progress,ratio,finished,playing,files",
    );
  });

  test.each([
    [{ downloaded: 0 }, 0, "0.0000", false],
    [{ downloaded: 0, uploaded: 5 }, 0, "0.0000", false],
    [{ downloaded: 9 }, 0, "0.0000", false],
    [{ downloaded: 995, uploaded: 10 }, 99, "0.0101", false],
    [{ downloaded: 1_000, uploaded: 2_500 }, 100, "2.5000", true],
    [{ downloaded: 1_500 }, 99, "0.0000", false],
    [{ downloaded: 0, length: 0 }, 100, "0.0000", true],
    [{ downloaded: 5, length: 0 }, 0, "0.0000", false],
  ])("toTorrent() of %o reads %i per cent, ratio %s, finished %s", (given, progress, ratio, finished) => {
    expect(toTorrent("S", facts(given), false)).toMatchObject({ progress, ratio, finished });
  });

  test("toTorrent() gives everybody an object of their own", () => {
    const given = facts();
    const one = toTorrent("S", given, false);

    one.extra["ratio"] = 7;
    Object.assign(one.files[0] ?? {}, { path: "changed" });

    expect(given).toEqual(facts());
  });
});

describe("compare()", () => {
  const known = (given: Partial<Facts> = {}, more: Partial<Known> = {}): Known => ({
    facts: facts(given),
    playing: false,
    hasFinished: false,
    ...more,
  });
  const told = (before: Known | undefined, now: Partial<Facts>): string[] =>
    compare(before, facts(now)).changes.map(({ event, diff }) => [event, ...(diff ?? [])].join(" "));

  test("compare() tells a new torrent, and that it is complete", () => {
    expect(told(undefined, {})).toEqual(["added"]);
    expect(told(undefined, { downloaded: 1_000 })).toEqual(["added", "finished"]);
  });

  test("compare() tells nothing where nothing that counts has changed", () => {
    expect(told(known(), { name: "b", extra: { ratio: 1 }, path: "" })).toEqual([]);
  });

  test("compare() keeps the order of keys and of events", () => {
    expect(told(known(), { active: false, uploaded: 1, downloaded: 1_000 })).toEqual([
      "paused",
      "updated downloaded uploaded active",
      "finished",
    ]);
    expect(told(known({ active: false }), {})).toEqual(["resumed", "updated active"]);
  });

  test("compare() tells completion once in a life", () => {
    expect(told(known({}, { hasFinished: true }), { downloaded: 1_000 })).toEqual(["updated downloaded"]);
    expect(compare(known({ downloaded: 1_000 }, { hasFinished: true }), facts()).now.hasFinished).toBe(true);
  });

  test("compare() calls a torrent playing only while its bytes move and it is active", () => {
    const playing = (before: Known, now: Partial<Facts>): boolean => compare(before, facts(now)).now.playing;

    expect(playing(known(), { uploaded: 1 })).toBe(true);
    expect(playing(known({}, { playing: true }), {})).toBe(false);
    expect(playing(known({ active: false }), {})).toBe(false);
    expect(playing(known(), { downloaded: 1, active: false })).toBe(false);
  });
});
