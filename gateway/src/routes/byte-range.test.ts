import fc from "fast-check";
import { expect, test } from "vitest";
import { askedRange } from "./byte-range.ts";

test.each([
  [undefined, { kind: "whole" }],
  ["bytes=0-9", { kind: "part", start: 0, end: 9 }],
  ["Bytes=90-", { kind: "part", start: 90, end: 99 }],
  ["bytes=-10", { kind: "part", start: 90, end: 99 }],
  ["bytes=-1000", { kind: "part", start: 0, end: 99 }],
  ["bytes=50-99999999999999999999", { kind: "part", start: 50, end: 99 }],
  ["bytes= 1-2 ", { kind: "part", start: 1, end: 2 }],
  ["bytes=100-", { kind: "unsatisfiable" }],
  ["bytes=-0", { kind: "unsatisfiable" }],
  ["bytes=100-200, 300-400", { kind: "unsatisfiable" }],
  ["bytes=0-1,5-6", { kind: "whole" }],
  ["bytes=0-1,500-600", { kind: "whole" }],
  ["bytes=9-1", { kind: "whole" }],
  ["bytes=1-2,x", { kind: "whole" }],
  ["bytes=", { kind: "whole" }],
  ["bytes=-", { kind: "whole" }],
  ["bytes=0x1-2", { kind: "whole" }],
  ["items=0-9", { kind: "whole" }],
])("askedRange(%j) of a hundred bytes is %j", (header, expected) => {
  expect(askedRange(header, 100)).toEqual(expected);
});

test("askedRange() has nothing to give of nothing", () => {
  expect(askedRange("bytes=0-", 0)).toEqual({ kind: "unsatisfiable" });
  expect(askedRange("bytes=-5", 0)).toEqual({ kind: "unsatisfiable" });
  expect(askedRange(undefined, 0)).toEqual({ kind: "whole" });
});

test("askedRange() never leaves the file and gives exactly what slicing gives", () => {
  const position = fc.nat({ max: 300 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 200 }), position, position, (size, first, length) => {
      const last = first + length;
      const bytes = Uint8Array.from({ length: size }, (_, i) => i);

      const asked = askedRange(`bytes=${first}-${last}`, size);

      const wanted = bytes.subarray(first, last + 1);
      const given = asked.kind === "part" ? bytes.subarray(asked.start, asked.end + 1) : bytes.subarray(0, 0);
      expect([...given]).toEqual([...wanted]);
      expect(asked.kind).toBe(first < size ? "part" : "unsatisfiable");
    }),
  );
});

test("askedRange() makes sense of any text", () => {
  const noise = fc.stringMatching(/^(bytes=)?[0-9, x-]{0,30}$/);
  fc.assert(
    fc.property(noise, fc.nat({ max: 1_000 }), (header, size) => {
      const asked = askedRange(header, size);

      if (asked.kind !== "part") return;
      expect(asked.start).toBeLessThanOrEqual(asked.end);
      expect(asked.end).toBeLessThan(size);
    }),
  );
});
