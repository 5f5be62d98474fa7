import { describe, expect, test } from "vitest";
import { addressOf, doneLine, loadingLine, queueLine, textsFor } from "./texts.ts";

const url = "http://mods.example.org/a.zip";

describe("loadingLine()", () => {
  test.each([
    [{ bytes: 0, total: null, connections: 0 }, "file_amount_bytes:0, threads_size:1, status:0.0"],
    [{ bytes: 77, total: null, connections: 1 }, "file_amount_bytes:77, threads_size:1, status:0.0"],
    [{ bytes: 0, total: 0, connections: 0 }, "file_amount_bytes:0, threads_size:1, status:0.0"],
    [{ bytes: 1, total: 3, connections: 4 }, "file_amount_bytes:3, threads_size:4, status:33.3"],
    [{ bytes: 99_999, total: 100_000, connections: 2 }, "file_amount_bytes:100000, threads_size:2, status:99.9"],
    [{ bytes: 3, total: 3, connections: 1 }, "file_amount_bytes:3, threads_size:1, status:100.0"],
    [{ bytes: 4, total: 3, connections: 1 }, "file_amount_bytes:3, threads_size:1, status:100.0"],
  ])("loadingLine() of %o is %s", (progress, expected) => {
    expect(loadingLine({ id: "1", url, ...progress })).toBe(`url:${url}, ${expected}`);
  });
});

test("lines of lists end with a line feed", () => {
  expect(queueLine(url, textsFor(null))).toBe(`url:${url}, status: В очереди\n`);
  expect(doneLine({ id: "1", url, bytes: 7, path: "/f/a b#1.zip" })).toBe(
    `url:${url}, file_amount_bytes:7, patch: file:///f/a%20b%231.zip\n`,
  );
});

test("addressOf() encodes what a URL may not hold", () => {
  expect(addressOf("/f/карта 100%.zip")).toBe("file:///f/%D0%BA%D0%B0%D1%80%D1%82%D0%B0%20100%25.zip");
});

test("textsFor() speaks Russian unless it is asked for English", () => {
  expect(textsFor(null)).toBe(textsFor("ru"));
  expect(textsFor("de").unknown).toBe("Команда не найдена.");
  expect(textsFor("en").unknown).toBe("There is no such command.");
  expect(textsFor("en").help).toHaveLength(6);
  expect(textsFor("en").help.map((line) => line.split(" ")[0])).toEqual(
    textsFor("ru").help.map((line) => line.split(" ")[0]),
  );
});
