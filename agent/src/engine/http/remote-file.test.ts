import { describe, expect, test } from "vitest";
import { ifRangeOf, mayBeSame, type RemoteFile, sameBytes } from "./remote-file.ts";

const file: RemoteFile = {
  ...{ url: new URL("http://a.test/"), etag: '"one"', lastModified: null, total: 10, ranges: true },
  ...{ name: "a", digest: null },
};

describe("sameBytes()", () => {
  const digest = (hex: string) => ({ algorithm: "sha256", hex }) as const;

  test.each([
    ["the same strong ETag and size", {}, false, true],
    ["another ETag", { etag: '"two"' }, false, false],
    ["another size", { total: 11 }, false, false],
    ["no known size", { total: null }, true, false],
    ["the same size and a hash that is expected", { etag: null }, true, true],
    ["no ETag", { etag: null }, false, false],
    ["the same digest", { etag: null, digest: digest("aa") }, false, true],
    ["another digest", { digest: digest("bb") }, false, false],
  ])("sameBytes() with %s", (_, changes, hasHash, same) => {
    expect(sameBytes({ ...file, digest: digest("aa") }, { ...file, ...changes }, hasHash)).toBe(same);
  });

  test("sameBytes() does not rely on a weak ETag", () => {
    const weak = { ...file, etag: 'W/"one"' };

    expect(sameBytes(weak, weak, false)).toBe(false);
  });
});

test.each([
  ['"one"', "yesterday", '"one"'],
  ['W/"one"', "yesterday", "yesterday"],
  ['W/"one"', null, null],
  [null, null, null],
])("ifRangeOf() of %s and %s", (etag, lastModified, validator) => {
  expect(ifRangeOf({ etag, lastModified })).toBe(validator);
});

test.each([
  [{ etag: '"one"', lastModified: null }, true],
  [{ etag: '"two"', lastModified: "monday" }, false],
  [{ etag: null, lastModified: "tuesday" }, false],
  [{ etag: null, lastModified: null }, true],
])("mayBeSame() judges %j", (seen, same) => {
  expect(mayBeSame({ etag: '"one"', lastModified: "monday" }, seen)).toBe(same);
});
