import { describe, expect, test } from "vitest";
import { anOffer, NO_LIMITS } from "../../test/harness.ts";
import { closedBecause, refusal } from "./limits.ts";

const GIB = 1024 ** 3;
const at = { freeBytes: 10 * GIB, monthBytes: 0, hour: 12 };

describe("closedBecause()", () => {
  test("closedBecause() is open without limits", () => {
    expect(closedBecause(NO_LIMITS, at)).toBeNull();
  });

  test.each([
    [22, 7, 21, "hours"],
    [22, 7, 22, null],
    [22, 7, 3, null],
    [22, 7, 7, "hours"],
    [9, 17, 8, "hours"],
    [9, 17, 16, null],
    [9, 17, 17, "hours"],
    [0, 24, 23, null],
    [5, 5, 12, null],
  ])("closedBecause() with hours %i-%i at %i is %s", (from, to, hour, expected) => {
    expect(closedBecause({ ...NO_LIMITS, hours: { from, to } }, { ...at, hour })).toBe(expected);
  });

  test("closedBecause() closes when the month is used up or the disk is too full", () => {
    expect(closedBecause({ ...NO_LIMITS, monthBytesMax: 5 }, { ...at, monthBytes: 5 })).toBe("month_limit");
    expect(closedBecause({ ...NO_LIMITS, freeBytesMin: 11 * GIB }, at)).toBe("disk");
  });
});

describe("refusal()", () => {
  test("refusal() takes games of the list only, and files that belong to no game", () => {
    const limits = { ...NO_LIMITS, apps: [4000] };
    const file = anOffer({ source: { kind: "http", url: "https://example.org/a.zip" } });

    expect(refusal(limits, at, anOffer())).toBe("game_not_allowed");
    expect(refusal({ ...limits, apps: [4000, 294100] }, at, anOffer())).toBeNull();
    expect(refusal(limits, at, file)).toBeNull();
  });

  test("refusal() leaves room for content and archive beside what stays free", () => {
    const limits = { ...NO_LIMITS, freeBytesMin: 2 * GIB };

    expect(refusal(limits, at, anOffer({ expectedBytes: 4 * GIB }))).toBeNull();
    expect(refusal(limits, at, anOffer({ expectedBytes: 4 * GIB + 1 }))).toBe("disk");
  });

  test("refusal() does not begin what would go over the month's bytes", () => {
    const limits = { ...NO_LIMITS, monthBytesMax: 100 };

    expect(refusal(limits, { ...at, monthBytes: 50 }, anOffer({ expectedBytes: 51 }))).toBe("month_limit");
    expect(refusal(limits, { ...at, monthBytes: 50 }, anOffer({ expectedBytes: 50 }))).toBeNull();
  });
});
