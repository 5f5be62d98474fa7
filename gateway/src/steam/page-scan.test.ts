import { ModId } from "@modfleet/protocol";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { DEPENDENCIES_MAX, type PageScan, PageScanner, SCREENSHOTS_MAX } from "./page-scan.ts";

/** What a page is made of, whole and broken. */
const PIECES = [
  `<div class="requiredItemsContainer" id="RequiredItems">`,
  `<a href="https://steamcommunity.com/workshop/filedetails/?id=7">`,
  `<a href='/filedetails/?id=8' class=x`,
  `<div class="screenshot_holder">`,
  `<a href="javascript:Show('https://i.example/1/')">`,
  `<div class="highlight_strip_screenshot"><img src="https://i.example/2/?imw=1">`,
  "</div>",
  "</a>",
  "</x",
  ">",
  "<script>",
  "</script>",
  "<!--",
  "-->",
  "<![CDATA[",
  "<title>Steam Workshop",
  "</title>",
  "<svg><title>",
  "&amp;&#0;&nosuch;",
  `"`,
  "'",
  "<",
  "\0",
  "\u{1F600}",
];
const pages = fc
  .array(fc.oneof(fc.constantFrom(...PIECES), fc.string()), { maxLength: 60 })
  .map((parts) => parts.join(""));

function scan(html: string, size: number): PageScan {
  const scanner = new PageScanner();
  for (let at = 0; at < html.length; at += size) scanner.write(html.slice(at, at + size));
  return scanner.end();
}

test("PageScanner finds ids and addresses only, whatever the page is and however it is cut", async () => {
  await fc.assert(
    fc.asyncProperty(pages, fc.integer({ min: 1, max: 40 }), async (html, size) => {
      const { dependencies, screenshots } = scan(html, size);
      expect([...dependencies].filter((id) => !ModId.safeParse(id).success)).toEqual([]);
      expect([...screenshots].filter((url) => URL.parse(url)?.protocol !== "https:")).toEqual([]);
    }),
  );
});

test("PageScanner keeps a bounded part of a page without end", () => {
  const scanner = new PageScanner();
  scanner.write("<title>");
  for (let n = 0; n < 100; n += 1) scanner.write("t".repeat(10_000));
  scanner.write(`</title><div class="requiredItemsContainer" id="RequiredItems">`);
  for (let n = 1; n <= 5_000; n += 1) {
    scanner.write(`<a href="/filedetails/?id=${n}">${"x".repeat(100)}</a><div class="screenshot_holder">`);
    scanner.write(`<a href="https://i.example/${n}/"></a></div>`);
  }

  const { dependencies, screenshots, title, text } = scanner.end();

  expect([dependencies.size, screenshots.size]).toEqual([DEPENDENCIES_MAX, SCREENSHOTS_MAX]);
  expect([title.length, text.length]).toEqual([20_000, 20_000]);
});

test("PageScanner stops looking at what is nested beyond reason, before or behind", () => {
  const scanner = new PageScanner();
  scanner.write("<i>".repeat(1_000));
  scanner.write(`<div class="screenshot_holder"><a href="https://i.example/1/">`);

  expect(scanner.end()).toMatchObject({ isTooDeep: true, screenshots: new Set() });
});
