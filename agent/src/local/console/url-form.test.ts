import { describe, expect, test } from "vitest";
import { isDownloadUrl, URL_LENGTH_MAX } from "./url-form.ts";

describe("isDownloadUrl()", () => {
  test.each([
    ["http://mods.example.org/a.zip"],
    ["HTTPS://Mods.Example.Org:8443/a%20b.zip?x=1&y=[2]#part"],
    ["http://user:pa%20ss@mods.example.org/a.zip"],
    ["http://user@mods.example.org"],
    ["http://mods.example.org./a"],
    ["http://localhost/a"],
    ["http://localhost.:80/a"],
    ["http://127.0.0.1:65535/a"],
    ["http://[::1]:8080/a"],
    ["http://моды.example.org/карта.zip"],
    ["http://mods.example.org?file=1"],
    ["http://mods.example.org/\u0646\u0645\u06cc\u200c\u062f\u0627\u0646\u0645.zip"],
  ])("isDownloadUrl() takes %s", (text) => {
    expect(isDownloadUrl(text)).toBe(true);
  });

  test.each([
    [""],
    ["http:"],
    ["http:/mods.example.org/a"],
    ["http:mods.example.org"],
    ["http:\\\\mods.example.org\\a"],
    ["http://mods.example.org\\@evil.example/a"],
    ["//mods.example.org/a"],
    ["http://:80/a"],
    ["http://a/b"],
    ["http://intranet./b"],
    ["http://2130706433/a"],
    ["http://0x7f000001/a"],
    ["http://a..example.org/a"],
    ["http://mods.example.org:0/a"],
    ["http://mods.example.org:65536/a"],
    ["http://mods.example.org:80x/a"],
    ["http://[::1/a"],
    ["http://[nonsense]/a"],
    ["http://mods.example.org/a\u0000"],
    ["http://mods.example.org/a\u00a0b"],
    ["http://mods.example.org/a\u200bb"],
    ["http://mods.example.org/a\r\n"],
    ["ws://mods.example.org/a"],
    ["javascript:alert(1)"],
    ["file:///srv/a.zip"],
  ])("isDownloadUrl() refuses %j", (text) => {
    expect(isDownloadUrl(text)).toBe(false);
  });

  test("isDownloadUrl() refuses what is longer than any address", () => {
    const base = "http://mods.example.org/";

    expect(isDownloadUrl(base.padEnd(URL_LENGTH_MAX, "a"))).toBe(true);
    expect(isDownloadUrl(base.padEnd(URL_LENGTH_MAX + 1, "a"))).toBe(false);
  });
});
