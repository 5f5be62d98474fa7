import { pathFault } from "@modfleet/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dispositionName, fileNameFor, safeFileName } from "./file-name.ts";
import { addressIn, isPublicAddress } from "./public-address.ts";

describe("safeFileName()", () => {
  test.each([
    ["map.bsp", "map.bsp"],
    ["../../etc/passwd", "passwd"],
    ["C:\\mods\\map.bsp", "map.bsp"],
    ['a<b>:"c"|d?.txt', "a_b___c__d_.txt"],
    ["nul.txt", "_nul.txt"],
    ["ends. . ", "ends"],
    ["tab\there", "tab_here"],
    ["Карта.bsp", "Карта.bsp"],
  ])("safeFileName() makes %j into %j", (name, safe) => {
    expect(safeFileName(name)).toBe(safe);
  });

  test.each(["", ".", "..", "///", " . "])("safeFileName() leaves nothing of %j", (name) => {
    expect(safeFileName(name)).toBeNull();
  });

  test("safeFileName() keeps the ending of a long name", () => {
    expect(safeFileName(`${"ä".repeat(500)}.bsp`)).toMatch(/^ä{90,}\.bsp$/);
  });

  test("safeFileName() gives names that every archive takes, or none", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (name) => {
        const safe = safeFileName(name);

        expect(safe === null || (pathFault(safe) === null && !safe.includes("/"))).toBe(true);
      }),
    );
  });
});

describe("dispositionName()", () => {
  test.each([
    ['attachment; filename="a b.zip"', "a b.zip"],
    ["attachment; filename=plain.zip; size=3", "plain.zip"],
    ["inline; filename*=UTF-8''na%C3%AFve.zip;", "naïve.zip"],
    ["attachment; filename=\"old.zip\"; filename*=UTF-8'en'new.zip", "new.zip"],
    ['attachment; filename="quo\\"te.zip"', 'quo"te.zip'],
    ["attachment; filename*=UTF-8''bad%ZZ; filename=good.zip", "good.zip"],
    ["attachment", null],
    ["", null],
  ])("dispositionName() reads %j", (header, name) => {
    expect(dispositionName(header)).toBe(name);
  });
});

describe("fileNameFor()", () => {
  test.each([
    ["the server's name first", 'inline; filename="a.zip"', "https://x.test/b.zip", "a.zip"],
    ["then the end of the address", "", "https://x.test/files/b%20c.zip?token=1", "b c.zip"],
    ["but not a hash", "", "https://x.test/ugc/9/ABCDEF/", "fallback"],
    ["nor a name that is none", 'inline; filename=".."', "https://x.test/", "fallback"],
    ["nor a broken escape", "", "https://x.test/%ZZ.zip", "%ZZ.zip"],
  ])("fileNameFor() takes %s", (_, disposition, url, name) => {
    expect(fileNameFor(disposition, new URL(url), "fallback")).toBe(name);
  });
});

describe("isPublicAddress()", () => {
  test.each(["8.8.8.8", "2a00:1450:4001::1", "::ffff:8.8.8.8"])("isPublicAddress() allows %s", (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  test.each([
    ...["127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1"],
    ...[
      "255.255.255.255",
      "::1",
      "::",
      "fe80::1",
      "fd00::1",
      "ff02::1",
      "::ffff:127.0.0.1",
      "64:ff9b::7f00:1",
      "nonsense",
    ],
  ])("isPublicAddress() refuses %s", (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  test("addressIn() tells an address from a name", () => {
    expect(addressIn("[::1]")).toBe("::1");
    expect(addressIn("127.0.0.1")).toBe("127.0.0.1");
    expect(addressIn("example.test")).toBeNull();
  });
});
