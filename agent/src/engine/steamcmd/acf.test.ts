import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readAcf } from "./acf.ts";
import { parseKeyValues, sectionOf, textOf } from "./key-values.ts";

const acf = (sections: string) => `"AppWorkshop"\n{\n\t"appid"\t\t"7"\n${sections}\n}\n`;

describe("parseKeyValues()", () => {
  test("parseKeyValues() reads values and sections", () => {
    const root = sectionOf(parseKeyValues('"A" { "b" "1" "c" { "d" "two words" } }'), "A");

    expect(textOf(root, "b")).toBe("1");
    expect(textOf(sectionOf(root, "c"), "d")).toBe("two words");
  });

  test("parseKeyValues() reads words without quotes, comments and escapes", () => {
    const root = parseKeyValues('// first\nname value // second\n"path" "C:\\\\x \\"y\\""');

    expect(textOf(root, "name")).toBe("value");
    expect(textOf(root, "path")).toBe('C:\\x "y"');
  });

  test("parseKeyValues() keeps what stood before a cut", () => {
    const whole = acf('"WorkshopItemDetails" { "42" { "manifest" "66" } }');
    const root = sectionOf(parseKeyValues(whole.slice(0, whole.indexOf("66") + 1)), "AppWorkshop");

    expect(textOf(root, "appid")).toBe("7");
  });

  test("parseKeyValues() reads names of the language's own objects as plain names", () => {
    const root = parseKeyValues('"__proto__" { "constructor" "x" }');

    expect(textOf(sectionOf(root, "__proto__"), "constructor")).toBe("x");
  });

  test("parseKeyValues() survives any text and any depth", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('"', "{", "}", "a", " ", "\\", "/") }), (text) => {
        expect(parseKeyValues(text)).toBeInstanceOf(Map);
      }),
    );
    expect(parseKeyValues('"a" {'.repeat(10_000)).size).toBe(1);
  });

  test("sectionOf() and textOf() do not mistake one for the other", () => {
    const root = parseKeyValues('"a" "1" "b" { }');

    expect(sectionOf(root, "a").size).toBe(0);
    expect(textOf(root, "b")).toBeNull();
  });
});

describe("readAcf()", () => {
  test("readAcf() tells an installed item and its manifest", () => {
    const text = acf('"WorkshopItemsInstalled" { "42" { "manifest" "6600000000000000001" "size" "5" } }');

    expect(readAcf(text, "42")).toEqual({ kind: "installed", manifest: "6600000000000000001" });
  });

  test("readAcf() gives a legacy item its handle as the unsigned number that the Web API shows", () => {
    const text = acf('"WorkshopItemsInstalled" { "42" { "manifest" "-1" "ugchandle" "-8446744073709551616" } }');

    expect(readAcf(text, "42")).toEqual({ kind: "installed", manifest: "10000000000000000000" });
  });

  test("readAcf() takes no handle for a version when Steam has none", () => {
    const text = acf('"WorkshopItemsInstalled" { "42" { "manifest" "-1" "ugchandle" "-1" "size" "5" } }');

    expect(readAcf(text, "42")).toEqual({ kind: "installed", manifest: null });
  });

  test("readAcf() finds the manifest in the details where the first section lacks it", () => {
    const text = acf(
      '"WorkshopItemsInstalled" { "42" { "size" "5" } } "WorkshopItemDetails" { "42" { "manifest" "66" } }',
    );

    expect(readAcf(text, "42")).toEqual({ kind: "installed", manifest: "66" });
  });

  test("readAcf() tells a failure that Steam remembers", () => {
    const text = acf('"WorkshopItemDetails" { "42" { "manifest" "-1" "timeupdated" "0" } }');

    expect(readAcf(text, "42")).toEqual({ kind: "cached-failure" });
  });

  test.each(["", "\0\0\0", acf('"WorkshopItemsInstalled" { "41" { "manifest" "1" } }'), '"Other" { }'])(
    "readAcf() knows nothing about an item that %j does not name",
    (text) => {
      expect(readAcf(text, "42")).toEqual({ kind: "absent" });
    },
  );
});
