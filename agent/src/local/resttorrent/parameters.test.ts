import { describe, expect, test } from "vitest";
import { deleteDataIn, flagIn, portsIn, requiredText, storageModeIn, textIn } from "./parameters.ts";
import { RestError } from "./rest-torrent.ts";

const codeOf = (read: () => unknown): string | null => {
  try {
    read();
    return null;
  } catch (error) {
    return error instanceof RestError ? error.code : "thrown";
  }
};

describe("portsIn()", () => {
  test.each([
    [{}, { first: 6881, last: 6891 }],
    [{ port_range: "" }, { first: 6881, last: 6891 }],
    [{ port_range: [] }, { first: 6881, last: 6891 }],
    [{ port_range: null }, { first: 6881, last: 6891 }],
    [{ port_range: "6881,6891" }, { first: 6881, last: 6891 }],
    [{ port_range: " 7000 , 7001 " }, { first: 7000, last: 7001 }],
    [{ port_range: "7000" }, { first: 7000, last: 7000 }],
    [{ port_range: 7000 }, { first: 7000, last: 7000 }],
    [{ port_range: [7000, "7005"] }, { first: 7000, last: 7005 }],
    [{ port_range: "0,0" }, { first: 0, last: 0 }],
    [{ ports: [6881] }, { first: 6881, last: 6881 }],
    [
      { ports: [6881, 6889], port_range: "1,2" },
      { first: 1, last: 2 },
    ],
  ])("portsIn() reads %j as %j", (parameters, ports) => {
    expect(portsIn(parameters)).toEqual(ports);
  });

  test.each([
    "a,b",
    "6881,",
    ",6881",
    "6891,6881",
    "1,2,3",
    "-1",
    "70000",
    "0,5",
    "1.5",
    "0x10",
    "6881;6891",
    1.5,
    Number.NaN,
    true,
    {},
    [[1]],
    [1, 2, 3],
    [null],
    new Uint8Array(2),
  ])("portsIn() refuses %j", (port_range) => {
    expect(codeOf(() => portsIn({ port_range }))).toBe("parameter.invalid");
  });
});

test.each([
  ["0", false],
  [0, false],
  [false, false],
  ["1", true],
  ["", true],
  [null, true],
  [undefined, true],
  ["false", true],
  ["no", true],
  [2, true],
])("flagIn() takes %j for %j where yes is the default", (value, flag) => {
  expect(flagIn({ memory_only: value }, "memory_only", true)).toBe(flag);
});

test("flagIn() says what the default says where nothing was sent", () => {
  expect(flagIn({}, "memory_only", false)).toBe(false);
});

test("deleteDataIn() takes nothing but a clear yes for one", () => {
  expect([undefined, "", "0", 0, false].map((value) => deleteDataIn({ delete_data: value }))).not.toContain(true);
  expect(["1", 1, true].map((value) => deleteDataIn({ delete_data: value }))).not.toContain(false);
  expect(codeOf(() => deleteDataIn({ delete_data: "perhaps" }))).toBe("parameter.invalid");
});

test("storageModeIn() names the modes there are", () => {
  expect(storageModeIn({})).toBe("sparse");
  expect(storageModeIn({ storage_mode: "allocate" })).toBe("allocate");
  expect(() => storageModeIn({ storage_mode: "compact" })).toThrow("sparse, allocate");
});

test("textIn() refuses what is no text, and what is endless", () => {
  expect(textIn({}, "magnet")).toBeUndefined();
  expect(codeOf(() => textIn({ magnet: 7 }, "magnet"))).toBe("parameter.invalid");
  expect(codeOf(() => textIn({ magnet: "a".repeat(20_000) }, "magnet"))).toBe("parameter.invalid");
});

test("requiredText() does not find what every object has", () => {
  expect(codeOf(() => requiredText({}, "constructor", "one"))).toBe("parameter.missing");
});
